//! A small, seeded run of the differential fuzzer.

use emu_tests::fuzz::generate;
use emu_tests::fuzz::machine::Machine;
use emu_tests::fuzz::minimise::minimise;
use emu_tests::fuzz::report::show;

#[test]
fn generated_code_does_what_the_interpreter_does() {
    let mut machine = Machine::new().expect("host memory");
    let mut ended = 0;
    for index in 0..1500 {
        let program = generate::program(2024, index);
        let Some(differences) = machine.check(&program) else { continue };
        ended += 1;
        if !differences.is_empty() {
            let small = minimise(&mut machine, &program);
            let differences = machine.check(&small).unwrap_or_default();
            panic!("program {index}\n{}\n{}", show(&small), differences.join("\n"));
        }
    }
    assert!(ended > 1400, "only {ended} programs end");
}
