//! Says which Nix files are not as nixpkgs-fmt writes them, and what in them deadnix finds unused.
//!
//! It writes a file only when it is asked to, with `--write`, and then its form alone.

use std::error::Error;
use std::fs;
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let (flags, files): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with('-'));
    let writes = flags.iter().any(|flag| flag == "--write");
    let mut complaints = 0;
    for file in &files {
        let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
        let tree = rnix::Root::parse(&text);
        for error in tree.errors() {
            eprintln!("{file}: {error}");
            complaints += 1;
        }
        let formatted = nixpkgs_fmt::reformat_string(&text);
        if formatted != text && writes {
            fs::write(file, &formatted).map_err(|error| format!("{file}: {error}"))?;
        } else if formatted != text {
            let line = text.lines().zip(formatted.lines()).take_while(|(was, is)| was == is).count() + 1;
            eprintln!("{file}:{line}: nixpkgs-fmt writes it otherwise");
            complaints += 1;
        }
        for dead in deadnix::Settings::default().find_dead_code(&tree.syntax()) {
            eprintln!("{file}: {dead}");
            complaints += 1;
        }
    }
    Ok(if complaints == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
