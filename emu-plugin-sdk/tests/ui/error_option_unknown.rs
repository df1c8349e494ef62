use emu_plugin_sdk::prelude::*;

struct Bad;

#[emu_plugin(nam = "bad")]
impl Plugin for Bad {
    fn new(_args: NoArgs, _host: &Host) -> Result<Self> {
        Ok(Bad)
    }
}

fn main() {}
