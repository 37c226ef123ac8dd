//! What the processor is: `cpu.*`.
//!
//! It takes nothing that moves: no current clock, no bogomips.

use std::collections::BTreeSet;

use lab_core::hex::hex;
use lab_core::model::{FactClass, FactValue};
use sha2::{Digest, Sha256};

use super::super::sysfs::Absence;
use super::Host;
use super::facts::Facts;
use super::scene::Architecture;

const SOURCE: &str = "/proc/cpuinfo";

/// What each level of the x86-64 psABI asks for beyond the one before, in the kernel's names for flags (x86-64 psABI,
/// table "Micro-Architecture Levels"; the kernel writes `pni` for SSE3, `abm` for LZCNT, and shows `xsave` only where
/// the operating system uses it).
const LEVELS: [(&str, &[&str]); 4] = [
    ("x86-64-v1", &["cmov", "cx8", "fpu", "fxsr", "mmx", "syscall", "sse", "sse2"]),
    ("x86-64-v2", &["cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"]),
    ("x86-64-v3", &["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"]),
    ("x86-64-v4", &["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]),
];

/// Flags that name instructions a program may use, by their beginning. The other flags come and go with the kernel's
/// version and options (mitigations, virtualisation, tracing) and would make another machine of the same one.
const INSTRUCTION_SETS: &[&str] = &[
    "abm",
    "adx",
    "aes",
    "amx",
    "asimd",
    "atomics",
    "avx",
    "bf16",
    "bmi",
    "clflushopt",
    "clwb",
    "crc32",
    "cx16",
    "erms",
    "f16c",
    "fma",
    "fphp",
    "fsrm",
    "gfni",
    "i8mm",
    "lrcpc",
    "mmx",
    "movbe",
    "movdir",
    "neon",
    "paca",
    "pclmulqdq",
    "pmull",
    "pni",
    "popcnt",
    "rdpid",
    "rdrand",
    "rdseed",
    "rtm",
    "serialize",
    "sha",
    "sme",
    "sse",
    "ssse3",
    "sve",
    "vaes",
    "vpclmulqdq",
    "xsave",
];

/// Names of processor makers by the number in ARM's main ID register (Arm Architecture Reference Manual, MIDR_EL1).
const IMPLEMENTERS: [(&str, &str); 8] = [
    ("0x41", "Arm"),
    ("0x42", "Broadcom"),
    ("0x43", "Cavium"),
    ("0x46", "Fujitsu"),
    ("0x48", "HiSilicon"),
    ("0x4e", "NVIDIA"),
    ("0x51", "Qualcomm"),
    ("0x61", "Apple"),
];

pub(super) fn fill(facts: &mut Facts<'_>, host: &Host<'_>) {
    let text = facts.root.read(SOURCE);
    let blocks = Cpuinfo(text.unwrap_or_default());
    match facts.scene.architecture {
        Architecture::X86 => x86(facts, &blocks),
        Architecture::Arm => arm(facts, &blocks),
        Architecture::Other => other(facts, host),
    }
    flags(facts, &blocks);
    let microcode = blocks.one("microcode");
    machine_or(facts, "cpu.microcode", FactClass::Configuration, microcode);
}

/// The text of `/proc/cpuinfo`: a block of `key : value` lines per CPU.
struct Cpuinfo(String);

impl Cpuinfo {
    /// The values of a key over all CPUs, each once, in the order of their first CPU.
    fn all(&self, key: &str) -> Vec<&str> {
        let mut values = Vec::new();
        for line in self.0.lines() {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            if name.trim() == key && !value.is_empty() && !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    /// The values of a key joined by commas: one on most machines, several where core types differ.
    fn one(&self, key: &str) -> Result<String, Absence> {
        let values = self.all(key);
        if values.is_empty() { Err(format!("no {key:?} in {SOURCE}")) } else { Ok(values.join(",")) }
    }
}

fn machine_or(facts: &mut Facts<'_>, name: &str, class: FactClass, value: Result<String, Absence>) {
    facts.record(name, class, SOURCE, value.map(FactValue::Text));
}

fn x86(facts: &mut Facts<'_>, cpuinfo: &Cpuinfo) {
    let keys = [
        ("cpu.vendor", "vendor_id"),
        ("cpu.family", "cpu family"),
        ("cpu.model", "model"),
        ("cpu.stepping", "stepping"),
        ("cpu.brand", "model name"),
    ];
    for (name, key) in keys {
        // Brand strings are padded to 48 bytes with runs of blanks.
        let value = cpuinfo.one(key).map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
        machine_or(facts, name, FactClass::Machine, value);
    }
}

/// ARM names a processor by numbers; the model is the list of parts, one per core type.
fn arm(facts: &mut Facts<'_>, cpuinfo: &Cpuinfo) {
    let vendor = cpuinfo.one("CPU implementer").map(|number| {
        let known = IMPLEMENTERS.iter().find(|(known, _)| *known == number);
        known.map_or(number.clone(), |(_, name)| (*name).to_owned())
    });
    machine_or(facts, "cpu.vendor", FactClass::Machine, vendor);
    machine_or(facts, "cpu.family", FactClass::Machine, cpuinfo.one("CPU architecture"));
    machine_or(facts, "cpu.model", FactClass::Machine, cpuinfo.one("CPU part"));
    let stepping = cpuinfo
        .one("CPU variant")
        .and_then(|variant| Ok(format!("variant {variant} revision {}", cpuinfo.one("CPU revision")?)));
    machine_or(facts, "cpu.stepping", FactClass::Machine, stepping);
    let brand = cpuinfo.one("model name").or_else(|_| cpuinfo.one("Hardware"));
    machine_or(facts, "cpu.brand", FactClass::Machine, brand);
}

/// Without a readable `/proc/cpuinfo` only the portable reading is left.
fn other(facts: &mut Facts<'_>, host: &Host<'_>) {
    let portable = host.live.portable.as_ref();
    let brand = portable.map_err(Clone::clone).map(|portable| FactValue::Text(portable.cpu_brand.clone()));
    facts.record("cpu.brand", FactClass::Machine, "the sysinfo library", brand);
    for name in ["cpu.vendor", "cpu.family", "cpu.model", "cpu.stepping"] {
        let reason = format!("{SOURCE} does not say on this architecture");
        facts.record(name, FactClass::Machine, SOURCE, Err(reason));
    }
}

fn flags(facts: &mut Facts<'_>, cpuinfo: &Cpuinfo) {
    let lines = [cpuinfo.all("flags"), cpuinfo.all("Features"), cpuinfo.all("isa")].concat();
    let flags: BTreeSet<&str> = lines.iter().flat_map(|line| line.split_whitespace()).collect();
    let absence = || format!("no flags in {SOURCE}");
    let joined = |flags: &mut dyn Iterator<Item = &&str>| flags.copied().collect::<Vec<_>>().join(" ");
    let present = |text: String| if text.is_empty() { Err(absence()) } else { Ok(FactValue::Text(text)) };

    let all = joined(&mut flags.iter());
    let digest = hex(&Sha256::digest(all.as_bytes()));
    let digest = if flags.is_empty() { Err(absence()) } else { Ok(FactValue::Text(digest)) };
    facts.record("cpu.flags_sha256", FactClass::Configuration, SOURCE, digest);
    facts.record("cpu.flags", FactClass::Explanation, SOURCE, present(all));
    let is_instruction = |flag: &&&str| INSTRUCTION_SETS.iter().any(|name| flag.starts_with(name));
    let sets = joined(&mut flags.iter().filter(is_instruction));
    facts.record("cpu.instruction_sets", FactClass::Machine, SOURCE, present(sets));

    let level = match facts.scene.architecture {
        Architecture::X86 => level(&flags).ok_or_else(|| "below x86-64-v1".to_owned()),
        Architecture::Arm | Architecture::Other => Err("levels are defined for x86-64 only".into()),
    };
    let level = level.map(|level| FactValue::Text(level.into()));
    facts.record("cpu.level", FactClass::Machine, SOURCE, level);
}

/// The highest level of which every flag, and every flag of the levels below, is there.
fn level(flags: &BTreeSet<&str>) -> Option<&'static str> {
    let reached = LEVELS.iter().take_while(|(_, needed)| needed.iter().all(|flag| flags.contains(flag)));
    reached.last().map(|(level, _)| *level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_needs_all_levels_below() {
        let upto = |count: usize| -> BTreeSet<&str> {
            LEVELS[..count].iter().flat_map(|(_, flags)| flags.iter().copied()).collect()
        };
        assert_eq!(level(&upto(4)), Some("x86-64-v4"));
        assert_eq!(level(&upto(2)), Some("x86-64-v2"));
        let mut without_popcnt = upto(4);
        without_popcnt.remove("popcnt");
        assert_eq!(level(&without_popcnt), Some("x86-64-v1"));
        assert_eq!(level(&BTreeSet::new()), None);
    }
}
