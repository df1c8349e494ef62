use emu_plugin_sdk::prelude::*;

struct Bad;

#[emu_plugin(name = "bad")]
impl Plugin for Bad {
    fn new(_args: NoArgs, _host: &Host) -> Result<Self> {
        Ok(Bad)
    }

    fn on_exit(&self, _report: &mut Report<'_>) {}

    fn on_vcpu_start(_cpu: &mut (), _vcpu: VcpuId) {}
}

fn main() {}
