use emu_plugin_sdk::prelude::*;

struct Bad;

#[emu_plugin(name = "bad")]
impl Plugin for Bad {
    fn on_exit(&self, _vcpus: &Vcpus<'_, ()>, _report: &mut Report<'_>) {}
}

fn main() {}
