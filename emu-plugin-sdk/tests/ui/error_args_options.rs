use emu_plugin_sdk::prelude::*;

#[derive(PluginArgs)]
struct Bad {
    #[arg(defualt = 3)]
    limit: u64,
    #[arg(default = true)]
    count: u64,
    #[arg(default = 300)]
    small: u8,
    #[arg(default = 3)]
    maybe: Option<u64>,
    #[arg(default = usize::MAX)]
    computed: usize,
    #[arg(range = 1..5)]
    open: u64,
}

fn main() {}
