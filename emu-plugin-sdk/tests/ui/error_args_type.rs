use emu_plugin_sdk::prelude::*;

#[derive(PluginArgs)]
struct Bad {
    limit: std::time::Duration,
}

fn main() {}
