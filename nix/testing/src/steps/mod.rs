//! The steps, in the order in which they are told.

mod building;
mod evaluation;
mod host;
mod mirrored;
mod real;
mod refusals;
mod running;

use super::stage::Stage;

/// What a step cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// It reads files of the repository, and calls cargo.
    Nothing,
    /// Nix, with stand-ins for every input.
    Nix,
    /// Nix, and minutes more: what a project's gate leaves out.
    Patience,
    /// Nix, and crane, rust-overlay and nixpkgs' `lib` as they are published.
    RealInputs,
}

/// One thing that is shown.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) needs: Needs,
    act: Act,
}

/// How a step is called.
enum Act {
    Alone(fn()),
    On(fn(&Stage)),
}

impl Step {
    const fn alone(name: &'static str, act: fn()) -> Self {
        Self { name, needs: Needs::Nothing, act: Act::Alone(act) }
    }

    const fn on(name: &'static str, act: fn(&Stage)) -> Self {
        Self { name, needs: Needs::Nix, act: Act::On(act) }
    }

    const fn patient(name: &'static str, act: fn(&Stage)) -> Self {
        Self { name, needs: Needs::Patience, act: Act::On(act) }
    }

    const fn real(name: &'static str, act: fn(&Stage)) -> Self {
        Self { name, needs: Needs::RealInputs, act: Act::On(act) }
    }

    /// `stage` is asked for by steps that need one.
    pub(crate) fn run<'a>(&self, stage: impl FnOnce() -> &'a Stage) {
        match self.act {
            Act::Alone(act) => act(),
            Act::On(act) => act(stage()),
        }
    }
}

pub(crate) const ALL: &[Step] = &[
    Step::alone("apps, recipes and README name the same commands", mirrored::apps_recipes_and_readme),
    Step::alone("every input is locked by digest", mirrored::every_input_is_locked),
    Step::alone("the version of the compiler stands in one place", mirrored::one_place_for_the_compiler),
    Step::alone("Nix files are formatted and hold no dead code", mirrored::nix_files_are_formatted),
    Step::on("flake.lock agrees with flake.nix", evaluation::the_lock_agrees),
    Step::on("flake show lists every output", evaluation::show_lists_every_output),
    Step::on("every output evaluates on all three systems", evaluation::every_output_evaluates),
    Step::on("flake check evaluates", evaluation::check_evaluates),
    Step::on("documents and tests are no input of the benches", evaluation::documents_are_no_input),
    Step::on("the example host is isolated as documented", host::the_example_is_isolated),
    Step::on("a bench host may also be a boot entry, or leave isolation to each Run", host::other_ways),
    Step::on("an unknown channel is refused", refusals::unknown_channel),
    Step::on("an unknown component is refused", refusals::unknown_component),
    Step::on("a misspelt option of NixOS is refused", refusals::misspelt_option),
    Step::on("CPU lists that overlap, lack CPU 0 or are none are refused", refusals::cpu_lists),
    Step::on("a tool that nixpkgs lacks is refused", refusals::missing_tool),
    Step::on("nix develop has the toolchain and the tools", building::the_shell_has_the_tools),
    Step::on("nix build .#bench-bins packs every bench target", building::every_bench_is_packed),
    Step::on("the benches need nothing at run time", building::the_benches_need_nothing),
    Step::patient("the benches are the same when built again", building::the_same_again),
    Step::on("the bundle holds no compiler and no sources", building::the_bundle_is_small),
    Step::on("the checks that need no network pass", building::checks_pass),
    Step::on("nix run .#bench -- --quick measures and keeps its provenance", running::a_run_is_kept),
    Step::on("an executable with another digest is not measured", running::a_changed_bench_is_refused),
    Step::real("real inputs: every output evaluates on all three systems", real::every_output_evaluates),
    Step::real("real inputs: the modules' own errors are readable", real::errors_are_readable),
];
