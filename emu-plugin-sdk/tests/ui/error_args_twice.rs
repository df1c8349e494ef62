use emu_plugin_sdk::prelude::*;

#[derive(PluginArgs)]
struct Bad {
    limit: u64,
    #[arg(name = "limit")]
    other: u64,
}

fn main() {}
