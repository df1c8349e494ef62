use emu_plugin_sdk::prelude::*;

#[derive(PluginValue)]
enum Bad {
    Text,
    Binary(u64),
}

fn main() {}
