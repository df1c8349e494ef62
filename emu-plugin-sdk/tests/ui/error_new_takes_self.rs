use emu_plugin_sdk::prelude::*;

struct Bad;

#[emu_plugin(name = "bad")]
impl Plugin for Bad {
    fn new(&self, _args: NoArgs, _host: &Host) -> Result<Self> {
        Ok(Bad)
    }
}

fn main() {}
