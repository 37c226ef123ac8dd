//! `bench-lab tune unit`: how systemd puts everything back, for those who write units.
//!
//! It prints; what a Run by itself asks of systemd is `host::session`'s business.

use super::error::CommandError;
use super::exit::ExitCode;
use super::{keeper, output};

/// Prints the texts with the places of the two programs in them.
pub(super) fn show() -> Result<ExitCode, CommandError> {
    let this = std::env::current_exe().map_err(|error| CommandError::new(ExitCode::Usage, &error))?;
    let hostctl = this.with_file_name(keeper::HOSTCTL);
    let (this, hostctl) = (this.display(), hostctl.display());
    let text = format!(
        "\
# Started by root on a host with systemd, `bench-lab run` has its guard in a transient unit by itself. The same for a whole
# Run, restored when the unit is over, however it ended (systemd.service(5)):
systemd-run --pty --same-dir --collect -p ExecStopPost='{hostctl} restore --crashed' {this} run

# In a unit of your own that measures; + has the line run as root whatever User= says, and - has its failure not count:
ExecStopPost=-+{hostctl} restore --crashed

# /etc/systemd/system/bench-lab-host.service: tuned while it is started, for other tools.
[Unit]
Description=Host settings for benchmarks

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={hostctl} apply --bench-cpus LIST
SuccessExitStatus=3
ExecStopPost={hostctl} restore
"
    );
    output::text(&text)?;
    Ok(ExitCode::Fine)
}
