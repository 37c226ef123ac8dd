//! The wire between Criterion and a listening runner: greetings, frames, messages.
//!
//! It trusts nothing it reads: no byte sequence makes it panic or allocate more than was received.
//! The protocol is the one between Criterion 0.3.3 and later and cargo-criterion (`src/connection.rs` in both);
//! its version has been 1 throughout.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::time::Duration;

use lab_core::model::Throughput;
use serde::{Deserialize, Serialize};

use super::settings::Settings;

/// What a runner says first: its name and its version. Criterion only logs the version; the last cargo-criterion's
/// stands here, as the protocol's only other speaker.
pub(super) const GREETING: &[u8; 18] = b"cargo-criterion\x01\x01\x00";

/// Bytes of the answer to the greeting.
pub(super) const HELLO_LENGTH: usize = 16;

/// Longest frame that is read. A benchmark of a million samples sends 18 MB.
pub(super) const FRAME_BYTES_MAX: u32 = 64 << 20;

const NAME: &[u8] = b"Criterion";

/// What a Criterion says first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hello {
    /// Major, minor and patch version of the crate; a fork says its own.
    pub(super) version: [u8; 3],
    /// 1 in every release.
    pub(super) protocol: u16,
    /// 1 means CBOR.
    pub(super) format: u16,
}

impl Hello {
    /// Reads the answer to the greeting. No message looks like it: those are CBOR maps or texts, and `C` begins
    /// neither.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let rest: &[u8; HELLO_LENGTH - NAME.len()] = bytes.strip_prefix(NAME)?.try_into().ok()?;
        let [major, minor, patch, protocol @ .., f0, f1] = *rest;
        let (protocol, format) = (u16::from_be_bytes(protocol), u16::from_be_bytes([f0, f1]));
        Some(Self { version: [major, minor, patch], protocol, format })
    }

    /// Whether this protocol is the one spoken here.
    pub(super) fn is_understood(self) -> bool {
        (self.protocol, self.format) == (1, 1)
    }

    /// As `0.8.2`.
    pub(super) fn version_text(self) -> String {
        self.version.map(|number| number.to_string()).join(".")
    }
}

/// Reads one frame; `None` when the other side closed between frames.
///
/// # Errors
/// Those of the reader, `UnexpectedEof` within a frame, `InvalidData` for a length above [`FRAME_BYTES_MAX`].
pub(super) fn read_frame(reader: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut prefix = Vec::with_capacity(4);
    match reader.by_ref().take(4).read_to_end(&mut prefix)? {
        0 => return Ok(None),
        4 => {}
        _ => return Err(io::ErrorKind::UnexpectedEof.into()),
    }
    let length = prefix.iter().fold(0_u32, |length, byte| length << 8 | u32::from(*byte));
    if length > FRAME_BYTES_MAX {
        let text = format!("Criterion announced a message of {length} bytes; {FRAME_BYTES_MAX} are allowed");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    // Grows with what arrives, so that a lie about the length costs nothing.
    let mut bytes = Vec::new();
    reader.by_ref().take(u64::from(length)).read_to_end(&mut bytes)?;
    if bytes.len() < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(bytes))
}

/// What the runner may say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) enum Reply {
    /// Asks for these values in the unit meant for machines, which only the benchmark's measurement knows.
    ScaleForMachines {
        /// In the measurement's raw unit.
        values: Vec<f64>,
    },
    /// Lets the benchmark go on.
    Continue,
}

impl Reply {
    /// Writes it as one frame.
    ///
    /// # Errors
    /// Those of the writer.
    pub(super) fn write(&self, writer: &mut impl Write) -> io::Result<()> {
        let mut message = Vec::new();
        ciborium::into_writer(self, &mut message).map_err(io::Error::other)?;
        let length = u32::try_from(message.len()).map_err(io::Error::other)?;
        let mut frame = length.to_be_bytes().to_vec();
        frame.append(&mut message);
        writer.write_all(&frame)
    }
}

/// What a Criterion may say; fields that nobody needs here are not read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) enum Message {
    /// A group begins.
    BeginningBenchmarkGroup {},
    /// A group ended; waits for [`Reply::Continue`].
    FinishedBenchmarkGroup {},
    /// A benchmark that the filter lets through begins.
    BeginningBenchmark {
        /// Which.
        id: RawId,
    },
    /// A benchmark that the filter holds back.
    SkippingBenchmark {
        /// Which.
        id: RawId,
    },
    /// Its warm-up begins.
    Warmup {},
    /// Its measurement begins.
    MeasurementStart {},
    /// Its measurement is complete; waits for replies up to [`Reply::Continue`].
    MeasurementComplete(Completed),
    /// Answer to requests of a kind that is never made here.
    FormattedValue {},
    /// Answer to [`Reply::ScaleForMachines`].
    ScaledValues(Scaled),
}

impl Message {
    /// Reads a frame; `None` when it is no message of the protocol.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        ciborium::from_reader(bytes).ok()
    }
}

/// A measured benchmark.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Completed {
    /// Which.
    pub(super) id: RawId,
    /// Iterations of each sample.
    pub(super) iters: Vec<f64>,
    /// Total of each sample in the measurement's raw unit.
    pub(super) times: Vec<f64>,
    /// `Linear` or `Flat`.
    pub(super) sampling_method: String,
    /// What was in force.
    pub(super) benchmark_config: RawConfig,
}

/// Values in the unit meant for machines.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Scaled {
    /// One for each value asked about.
    pub(super) scaled_values: Vec<f64>,
    /// `ns` for wall time.
    pub(super) unit: String,
}

/// The parts of a benchmark's id, of any length.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct RawId {
    group_id: String,
    function_id: Option<String>,
    value_str: Option<String>,
    #[serde(default)]
    throughput: Vec<RawThroughput>,
}

impl RawId {
    /// The full id as Criterion builds it and compares its filter with: the parts that are there, joined by `/`.
    pub(super) fn path(&self) -> String {
        let parts = [Some(&self.group_id), self.function_id.as_ref(), self.value_str.as_ref()];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        parts.join("/")
    }

    /// Work of one iteration.
    pub(super) fn throughput(&self) -> Vec<Throughput> {
        self.throughput.iter().flat_map(RawThroughput::to_model).collect()
    }
}

/// `{"Bytes": 4096}`, or `{"ElementsAndBytes": {"elements": 7, "bytes": 56}}` since 0.8. Kinds that are yet to be
/// invented are kept under their own names.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(transparent)]
pub(super) struct RawThroughput(BTreeMap<String, Amount>);

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Amount {
    One(f64),
    Several(BTreeMap<String, f64>),
}

impl RawThroughput {
    /// Kinds and amounts as the model names them.
    pub(super) fn to_model(&self) -> Vec<Throughput> {
        let mut found = Vec::new();
        for (kind, amount) in &self.0 {
            match amount {
                Amount::One(count) => {
                    found.push(Throughput { kind: snake_case(kind), per_iteration: *count })
                }
                Amount::Several(parts) => found.extend(
                    parts
                        .iter()
                        .map(|(kind, count)| Throughput { kind: kind.clone(), per_iteration: *count }),
                ),
            }
        }
        found
    }
}

/// `BytesDecimal` as `bytes_decimal`.
fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(character.to_lowercase());
    }
    text
}

/// The benchmark's configuration, less what only Criterion's own analysis uses.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct RawConfig {
    sample_size: u64,
    warm_up_time: Span,
    measurement_time: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
struct Span {
    secs: u64,
    nanos: u32,
}

impl RawConfig {
    /// As settings.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            sample_size: self.sample_size,
            warm_up: self.warm_up_time.to_duration(),
            measurement: self.measurement_time.to_duration(),
        }
    }
}

impl Span {
    /// Added piecewise: `Duration::new` panics when the seconds overflow.
    fn to_duration(self) -> Duration {
        Duration::from_secs(self.secs).saturating_add(Duration::from_nanos(u64::from(self.nanos)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Notes the largest buffer that a reader was asked to fill.
    struct Watched<'a> {
        bytes: &'a [u8],
        widest: usize,
    }

    impl Read for Watched<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.widest = self.widest.max(buffer.len());
            self.bytes.read(buffer)
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_frames_or_errors(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut rest = bytes.as_slice();
            while let Ok(Some(frame)) = read_frame(&mut rest) {
                let _ = Message::decode(&frame);
                let _ = Hello::parse(&frame);
            }
        }

        #[test]
        fn a_lie_about_the_length_allocates_nothing(length: u32, body in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assume!(length as usize > body.len());
            let mut bytes = length.to_be_bytes().to_vec();
            bytes.extend(&body);
            let mut reader = Watched { bytes: &bytes, widest: 0 };
            prop_assert!(read_frame(&mut reader).is_err());
            prop_assert!(reader.widest <= 64 << 10, "a buffer of {} bytes", reader.widest);
        }

        #[test]
        fn frames_come_back_as_they_were_sent(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6)) {
            let mut bytes = Vec::new();
            for frame in &frames {
                bytes.extend((frame.len() as u32).to_be_bytes());
                bytes.extend(frame);
            }
            let mut rest = bytes.as_slice();
            let mut read = Vec::new();
            while let Some(frame) = read_frame(&mut rest).unwrap() {
                read.push(frame);
            }
            prop_assert_eq!(read, frames);
        }

        #[test]
        fn any_time_span_is_a_duration(secs: u64, nanos: u32) {
            let _ = Span { secs, nanos }.to_duration();
        }
    }

    #[test]
    fn a_frame_that_stops_short_is_an_error_and_an_end_between_frames_is_none() {
        assert!(matches!(read_frame(&mut [0_u8; 0].as_slice()), Ok(None)));
        for bytes in [&[0_u8, 0][..], &[0, 0, 0, 2, 7]] {
            let error = read_frame(&mut &*bytes).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    #[test]
    fn a_message_of_gigabytes_is_refused_before_it_is_read() {
        let error = read_frame(&mut [0xff_u8; 64].as_slice()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(error.to_string().contains("4294967295"), "{error}");
    }

    #[test]
    fn a_text_that_claims_to_be_long_is_no_message() {
        // CBOR: a text of 2^62 bytes, an array of as many items, and maps within maps.
        let mut text = vec![0x7b, 0x40];
        text.extend([0; 7]);
        let mut array = text.clone();
        array[0] = 0x9b;
        for bytes in [text, array, vec![0xa1; 100_000]] {
            assert_eq!(Message::decode(&bytes), None);
        }
    }

    #[test]
    fn throughput_of_every_kind_is_read() {
        let read = |json: &str| {
            let raw: RawThroughput = serde_json::from_str(json).unwrap();
            raw.to_model().into_iter().map(|t| (t.kind, t.per_iteration)).collect::<Vec<_>>()
        };
        assert_eq!(read(r#"{"BytesDecimal": 5}"#), [("bytes_decimal".to_owned(), 5.0)]);
        assert_eq!(read(r#"{"Bits": 5}"#), [("bits".to_owned(), 5.0)]);
        let both = read(r#"{"ElementsAndBytes": {"elements": 7, "bytes": 56}}"#);
        assert_eq!(both, [("bytes".to_owned(), 56.0), ("elements".to_owned(), 7.0)]);
        assert_eq!(read(r#"{"Furlongs": 5}"#), [("furlongs".to_owned(), 5.0)]);
    }
}
