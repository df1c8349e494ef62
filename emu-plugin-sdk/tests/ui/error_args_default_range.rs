use emu_plugin_sdk::prelude::*;

#[derive(PluginArgs)]
struct Bad {
    #[arg(default = 300)]
    small: u8,
}

fn main() {}
