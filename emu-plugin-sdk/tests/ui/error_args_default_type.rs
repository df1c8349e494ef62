use emu_plugin_sdk::prelude::*;

#[derive(PluginArgs)]
struct Bad {
    #[arg(default = true)]
    count: u64,
}

fn main() {}
