//! Functions in assembly: what they do when called is what their steps do.

use std::arch::global_asm;

use super::lift::{computed, extended, holds};
use super::*;

type TestFunction = unsafe extern "C" fn(u64, *mut u64, u64, u64, u64, u64);

/// Functions that are lifted, and others that are not.
macro_rules! functions {
    ($list:ident $table:ident { $($name:ident $code:literal)* }) => {
        $(global_asm!(
            ".pushsection .text.leaf_tests,\"ax\",@progbits",
            concat!(".hidden emu_leaf_", stringify!($name)),
            concat!(".globl emu_leaf_", stringify!($name)),
            concat!("emu_leaf_", stringify!($name), ":"),
            $code,
            ".popsection",
            options(att_syntax),
        );)*
        mod $list {
            unsafe extern "C" {
                $(
                    #[link_name = concat!("emu_leaf_", stringify!($name))]
                    pub(super) fn $name(a: u64, b: *mut u64, c: u64, d: u64, e: u64, f: u64);
                )*
            }
        }
        const $table: &[(&str, TestFunction)] = &[$((stringify!($name), $list::$name)),*];
    };
}

functions!(lifted LIFTED {
    nothing "endbr64; nop; nopw 0x10(%rax,%rax); ret"
    count "incq 8(%rsi); ret"
    count_by_userdata "add %rdx, 16(%rsi); addq $-7, 8(%rsi); decq (%rsi); ret"
    count_twice "mov 8(%rsi), %rax; add $3, %rax; mov %rax, 8(%rsi); subq $0x1234567, 8(%rsi); ret"
    ring "mov 8(%rsi), %rax; mov %eax, %edi; and $3, %edi; shl $4, %edi
        mov %rcx, 32(%rsi,%rdi); mov %rdx, 40(%rsi,%rdi,1); inc %rax; mov %rax, 8(%rsi); ret"
    stack "push %rbp; mov %rsp, %rbp; push %rbx; push %r14; push %rax; mov %rcx, %rbx; xor %r14d, %r14d
        add %rbx, %r14; mov %r14, (%rsi); add $8, %rsp; pop %r14; pop %rbx; pop %rbp; ret"
    arithmetic "mov %rcx, %rax; sub %r8, %rax; and %rdx, %rax; or $0x55, %rax; xor %ecx, %eax; mov %rax, (%rsi)
        mov %ecx, %eax; sub $9, %ax; add $100, %al; mov %rax, 8(%rsi); not %rcx; neg %r8d; mov %cx, 16(%rsi)
        mov %r8, 24(%rsi); imul %r8, %rcx; imul $-5, %rcx, %rcx; imul $1000, %ecx, %edx; mov %rcx, 32(%rsi)
        mov %rdx, 40(%rsi); ret"
    shifts "mov %r8, %rax; shl %cl, %rax; mov %rax, (%rsi); mov %r8d, %eax; shr %cl, %eax; mov %rax, 8(%rsi)
        mov %r8, %rax; sar $3, %eax; mov %rax, 16(%rsi); sarw %cl, %ax; mov %rax, 24(%rsi); shrb %al
        mov %rax, 32(%rsi); rol $13, %r8; mov %r8, 40(%rsi); ror $5, %r8w; rolb $3, %r8b; ror $9, %ecx
        mov %r8, 48(%rsi); mov %rcx, 56(%rsi); ret"
    extensions "movzbl %cl, %eax; mov %rax, (%rsi); movsbq %r8b, %rax; mov %rax, 8(%rsi); movswl 2(%rsi), %eax
        mov %rax, 16(%rsi); movslq %ecx, %rax; mov %rax, 24(%rsi); movzwl 3(%rsi), %eax; mov %eax, 32(%rsi)
        movsbw %cl, %ax; mov %ax, 38(%rsi); movb $-1, 40(%rsi); movw $-2, 42(%rsi); movl $-3, 44(%rsi)
        movq $-4, 48(%rsi); mov $0x123456789abcdef0, %rax; mov %rax, 56(%rsi); ret"
    addresses "lea 5(%rcx,%r8,4), %rax; mov %rax, (%rsi); lea (,%rcx,8), %rax; mov %rax, 8(%rsi); lea 4(%rcx), %eax
        mov %rax, 16(%rsi); and $7, %ecx; lea (%rcx,%rsi), %rax; mov 8(%rax), %dl; mov %dl, 24(%rax)
        lea 16(%rsi), %rax; addq $3, 16(%rax); mov (%rcx,%rsi), %rdi; mov %rdi, 40(%rsi); ret"
    conditions "cmp %r8, %rcx; setb %al; movzbl %al, %eax; mov %rax, (%rsi); setge %al; mov %al, 8(%rsi)
        cmova %rcx, %rdx; mov %rdx, 16(%rsi); test %ecx, %r8d; sets %al; setne %cl; mov %al, 24(%rsi)
        mov %cl, 25(%rsi); cmpb $3, %r8b; setle 26(%rsi); cmovs %r8d, %edx; mov %rdx, 32(%rsi); add %r8w, %dx
        setae 27(%rsi); sete 28(%rsi); dec %dx; setns 29(%rsi); neg %rdx; sbb %rax, %rax; mov %rax, 40(%rsi); ret"
    carries "cmp %rcx, %r8; adcq $0, (%rsi); cmp %ecx, %r8d; sbbl $-1, 8(%rsi); cmp $1, %rcx; sbb %rdx, 16(%rsi); ret"
    jumps "xor %eax, %eax; jmp 2f; 3: mov %rcx, (%rsi); ret; 2: test %eax, %eax; je 3b; incq 8(%rsi); ret"
    branches "test $1, %ecx; je 2f; incq (%rsi); 2: mov 8(%rsi), %rax; cmp %r8, %rax; ja 3f; mov %rcx, 8(%rsi)
        3: add %rax, (%rsi); test %ecx, %ecx; jns 4f; sub %r8, 24(%rsi); ret; 4: mov %ecx, 16(%rsi); ret"
    exchange "mov (%rsi), %rax; mov 8(%rsi), %rcx; inc %rax; mov %rax, 8(%rsi); mov %rcx, (%rsi); incq 16(%rsi); ret"
    all_registers "push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15; mov %r9d, %eax; mov %rcx, %r9
        mov %r8, %rdi; mov %rdx, %r10; lea 1(%r10,%rdi), %r11; mov %r11, %rbx; mov %rbx, %rbp; mov %rbp, %r12
        mov %r12, %r13; mov %r13, %r14; mov %r14, %r15; mov %r15, (%rsi); mov %rax, %rcx; shl %cl, %r9; mov %r9, 8(%rsi)
        mov $5, %dl; mov %rdx, 16(%rsi); mov $7, %r8d; mov %rsi, %rax; mov $9, %esi; pop %r15; pop %r14; pop %r13
        pop %r12; pop %rbp; pop %rbx; mov %rsi, 24(%rax); mov %r8, 32(%rax); ret"
    high_registers "mov %rcx, %r9; add %r8, %r9; mov %r9, %r11; and $15, %r9; add %r8b, %r11b; mov %r11, (%rsi)
        lea 8(%r9,%r11,4), %r10; mov %rsi, %r11; shl $3, %r10d; and $8, %r9d; add %r10, 8(%r11,%r9); cmp %r10, %r9
        setb 24(%r11); ret"
    kind "test $16, %r9b; je 2f; incq (%rsi); 2: mov %rcx, 8(%rsi); ret"
});

// Not lifted, but copied.
functions!(copied COPIED {
    loops "jmp 2f; 3: incq (%rsi); ret; 2: and $7, %ecx; 4: je 3b; add %r8, 8(%rsi); add %rdx, %r8; dec %ecx; jmp 4b"
    stores_to_stack "add $8, %rsi; mov %rsi, -8(%rsp); lea -8(%rsp), %rax; mov -8(%rsp), %rax; incq (%rax); ret"
    locks "mov %rsi, %r9; lock incq (%r9); lock; add %rcx, 8(%rsi); lock; orw $5, 16(%rsi); ret"
    stores_elsewhere "mov %rsi, %r11; lea (%rsi), %r10; push %r10; mov (%rsp), %r9; pop %rdi; xchg %ax, %ax
        mov 8(%r9), %rax; mov %rcx, 8(%rax,%r11); ret; "
});

functions!(not_lifted NOT_LIFTED {
    calls "push %rax; call 2f; pop %rax; ret; 2: ret"
    stops "ud2"
    vectors "movups (%rsi), %xmm0; movups %xmm0, 16(%rsi); ret"
    high_byte "mov %ch, (%rsi); ret"
});

functions!(strange STRANGE {
    stays "2: jmp 2b"
    reads_what_the_caller_has "mov %rbx, (%rsi); ret"
    unbalanced "push %rbx; ret"
});

const WORDS: usize = 16;
const STATE_AT: u64 = 0x1000_0000;

fn read(words: &[u64; WORDS], at: u64, bytes: u8) -> u64 {
    (0..u64::from(bytes)).fold(0, |value, index| {
        let place = at + index - STATE_AT;
        let byte = words[(place / 8) as usize] >> (place % 8 * 8) & 0xff;
        value | byte << (8 * index)
    })
}

fn write(words: &mut [u64; WORDS], at: u64, bytes: u8, value: u64) {
    for index in 0..u64::from(bytes) {
        let place = at + index - STATE_AT;
        let (word, shift) = (&mut words[(place / 8) as usize], place % 8 * 8);
        *word = *word & !(0xff << shift) | (value >> (8 * index) & 0xff) << shift;
    }
}

/// Does what the steps say, on a state that lies at [`STATE_AT`].
fn evaluate(part: &Part, arguments: &[u64; 6], state: &mut [u64; WORDS], values: &mut Vec<u64>) {
    for step in &part.steps {
        let of = |value: Value| values[usize::from(value)];
        let at = |address: Address| {
            let index = address.index.map_or(0, |(index, shift)| of(index) << shift);
            let sum = of(address.base).wrapping_add(index);
            sum.wrapping_add(address.offset as u64)
        };
        let value = match *step {
            Step::Argument(STATE) => STATE_AT,
            Step::Argument(number) => arguments[usize::from(number)],
            Step::Constant(constant) => constant,
            Step::Binary(op, a, b) => computed(op, of(a), of(b)),
            Step::Extend {
                bytes,
                signed,
                value,
            } => extended(bytes, signed, of(value)),
            Step::Compare(comparison, a, b) => holds(comparison, of(a), of(b)).into(),
            Step::Select(condition, a, b) => of(if of(condition) != 0 { a } else { b }),
            Step::Load { bytes, address, .. } => read(state, at(address), bytes),
            Step::Store {
                bytes,
                address,
                value,
            } => {
                write(state, at(address), bytes, of(value));
                0
            }
        };
        values.push(value);
    }
    if let Some(fork) = &part.fork {
        let arm = usize::from(values[usize::from(fork.condition)] == 0);
        evaluate(&fork.arms[arm], arguments, state, values);
    }
}

/// xorshift64
fn next(random: &mut u64) -> u64 {
    for shift in [13, -7, 17] {
        *random ^= match shift {
            0.. => *random << shift,
            _ => *random >> -shift,
        };
    }
    match *random % 5 {
        0 => *random % 3,
        1 => *random << 60,
        2 => u64::from(*random as u32),
        _ => *random,
    }
}

#[test]
fn steps_do_what_the_function_does() {
    let random = &mut 0x1234_5678_9abc_def1;
    for &(name, function) in LIFTED {
        for _ in 0..300 {
            let mut arguments = [(); 6].map(|()| next(random));
            arguments[5] %= 64;
            let mut state = [(); WORDS].map(|()| next(random));
            // The kind of an access and what the plugin chose are known, as in generated code.
            let known = [
                None,
                None,
                Some(arguments[2]),
                None,
                None,
                Some(arguments[5]),
            ];
            // SAFETY: it is such a function.
            let leaf = unsafe { lift(function as usize, &known) };
            let leaf = leaf.unwrap_or_else(|| panic!("{name} is not lifted"));
            let (before, mut by_steps) = (state, state);
            evaluate(&leaf.body, &arguments, &mut by_steps, &mut Vec::new());
            let [a, _, c, d, e, f] = arguments;
            // SAFETY: the functions above stay within a state of so many words.
            unsafe { function(a, state.as_mut_ptr(), c, d, e, f) };
            assert_eq!(
                by_steps, state,
                "{name} of {arguments:x?} with {before:x?}: {leaf:#?}"
            );
        }
    }
}

#[test]
fn other_functions_are_not_lifted() {
    for (name, function) in [NOT_LIFTED, COPIED, STRANGE].concat() {
        // SAFETY: it is such a function, which is not run.
        let leaf = unsafe { lift(function as usize, &[None; 6]) };
        assert_eq!(leaf, None, "{name}");
    }
}

// Calls the first argument with the registers of the second, by number, but for `rsp`; then stores them there.
global_asm!(
    ".pushsection .text.leaf_tests,\"ax\",@progbits",
    ".hidden emu_leaf_call",
    ".globl emu_leaf_call",
    "emu_leaf_call:",
    ".irp register, rbx, rbp, r12, r13, r14, r15",
    "push \\register",
    ".endr",
    "push rsi",
    "push rdi",
    "mov rax, rsi",
    ".set at, 8",
    ".irp register, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15",
    ".ifnc \\register, rsp",
    "mov \\register, [rax + at]",
    ".endif",
    ".set at, at + 8",
    ".endr",
    "mov rax, [rax]",
    "call [rsp]",
    "xchg rax, [rsp + 8]",
    ".set at, 8",
    ".irp register, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15",
    "mov [rax + at], \\register",
    ".set at, at + 8",
    ".endr",
    "mov rcx, [rsp + 8]",
    "mov [rax], rcx",
    "add rsp, 16",
    ".irp register, r15, r14, r13, r12, rbp, rbx",
    "pop \\register",
    ".endr",
    "ret",
    ".popsection",
);

unsafe extern "C" {
    fn emu_leaf_call(code: usize, registers: *mut [u64; 16]);
}

/// Pages that code can be written to and run in.
struct Pages(*mut u8);

impl Pages {
    fn new() -> Pages {
        let access = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
        let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a mapping of its own.
        let pages = unsafe { libc::mmap(std::ptr::null_mut(), 4096, access, kind, -1, 0) };
        assert_ne!(pages, libc::MAP_FAILED);
        Pages(pages.cast())
    }

    fn write(&mut self, code: &[u8]) {
        assert!(code.len() < 4096);
        // SAFETY: the pages are our own, and nothing runs there now.
        unsafe { std::ptr::copy_nonoverlapping(code.as_ptr(), self.0, code.len()) };
    }
}

/// A copy of one of the functions above.
fn known_copy(
    function: TestFunction,
    known: Known,
    state_offset: i32,
    times: usize,
) -> Option<FunctionCopy> {
    // SAFETY: it is such a function.
    let function = unsafe { Function::read(function as usize) };
    let call = Call {
        function: &function?,
        known,
        state_offset,
    };
    Some(copy(&call, times))
}

#[test]
fn copies_do_what_the_function_does_and_preserve_registers() {
    let random = &mut 0x1234_5678_9abc_def1;
    let mut pages = Pages::new();
    for (name, function) in [LIFTED, COPIED].concat() {
        for round in 0..300 {
            let mut arguments = [(); 6].map(|()| next(random));
            arguments[5] %= 64;
            let mut state = [(); WORDS].map(|()| next(random));
            if name == "stores_elsewhere" {
                // Not where it is.
                state[1] = 8 * (1 + next(random) % 7);
            }
            let mut known =
                arguments.map(|argument| next(random).is_multiple_of(2).then_some(argument));
            known[1] = None;
            let offset = 8 * (round % 100) - 400;
            let passes_nothing = known_copy(function, known, offset, 1)
                .unwrap_or_else(|| panic!("{name} is not copied"))
                .arguments
                .is_empty();
            let times = match passes_nothing {
                true => 1 + round as usize % 4,
                false => 1,
            };
            let copy = known_copy(function, known, offset, times).unwrap();
            let code = [&copy.code[..], &[0xc3]].concat();
            pages.write(&code);
            let mut by_copy = state;
            let mut registers = [(); 16].map(|()| next(random));
            let passed = copy.arguments.iter();
            for (register, &number) in super::lift::ARGUMENTS.iter().zip(passed.clone()) {
                registers[usize::from(*register)] = arguments[usize::from(number)];
            }
            for &number in passed {
                assert_eq!(known[usize::from(number)], None, "{name}");
            }
            registers[15] = (by_copy.as_mut_ptr() as u64).wrapping_sub(offset as u64);
            let mut after = registers;
            let [a, _, c, d, e, f] = arguments;
            // SAFETY: the functions above, and copies of them, stay within a state of so many words.
            unsafe {
                emu_leaf_call(pages.0 as usize, &raw mut after);
                for _ in 0..times {
                    function(a, state.as_mut_ptr(), c, d, e, f);
                }
            }
            assert_eq!(by_copy, state, "{name} of {arguments:x?}: {copy:x?}");
            for register in (0..16).filter(|&register| register != 4) {
                assert_eq!(after[register], registers[register], "{name}: {register}");
            }
        }
    }
}

#[test]
fn copies_are_passed_what_they_need() {
    let of = |function: TestFunction, known: Known| {
        let copy = known_copy(function, known, 0, 1);
        copy.map(|copy| copy.arguments)
    };
    let none = [None; 6];
    assert_eq!(of(lifted::nothing, none), Some(vec![]));
    assert_eq!(of(lifted::count, none), Some(vec![]));
    assert_eq!(of(copied::stores_to_stack, none), Some(vec![]));
    assert_eq!(of(lifted::high_registers, none), Some(vec![3, 4]));
    assert_eq!(of(lifted::ring, none), Some(vec![2, 3]));
    let known = [None, None, Some(3), None, None, None];
    assert_eq!(of(lifted::ring, known), Some(vec![3]));
    // It begins with a jump forward.
    assert_eq!(of(copied::loops, none), Some(vec![2, 3, 4]));
}

#[test]
fn functions_with_calls_and_the_like_are_not_copied() {
    for &(name, function) in NOT_LIFTED {
        let copy = known_copy(function, [None; 6], 0, 1);
        assert_eq!(copy, None, "{name}");
    }
}

#[test]
fn functions_that_only_add_are_found() {
    let add = |offset, amount| Addition { offset, amount };
    let one = Amount::Constant(1);
    let minus = |amount: u64| Amount::Constant(amount.wrapping_neg());
    let cases: [(TestFunction, Option<Vec<Addition>>); 6] = [
        (lifted::nothing, Some(vec![])),
        (lifted::count, Some(vec![add(8, one)])),
        (
            lifted::count_by_userdata,
            Some(vec![
                add(16, Amount::Userdata),
                add(8, minus(7)),
                add(0, minus(1)),
            ]),
        ),
        (
            lifted::count_twice,
            Some(vec![
                add(8, Amount::Constant(3)),
                add(8, minus(0x0123_4567)),
            ]),
        ),
        (lifted::ring, None),
        (lifted::branches, None),
    ];
    for (function, expected) in cases {
        // SAFETY: it is such a function.
        assert_eq!(unsafe { additions(function as usize) }, expected);
    }
}

#[test]
fn accesses_are_words_or_lie_within_spans() {
    let accesses = |function: TestFunction| {
        // SAFETY: it is such a function.
        let leaf = unsafe { lift(function as usize, &[None; 6]) };
        leaf.map(|leaf| leaf.accesses)
    };
    let ring = accesses(lifted::ring).unwrap();
    assert_eq!(ring.words, [8]);
    assert_eq!(ring.stored_words, [(8, Some(1))]);
    assert_eq!(ring.spans, Some(vec![(32, 88), (40, 96)]));
    let exchange = accesses(lifted::exchange).unwrap();
    assert_eq!(
        exchange.stored_words,
        [(8, None), (0, None), (16, Some(1))],
        "only what is added to the word's own value is an increment"
    );
    let twice = accesses(lifted::count_twice).unwrap();
    let sum = 3_u64.wrapping_sub(0x0123_4567);
    assert_eq!(twice.stored_words, [(8, Some(sum))]);
    // A word that is also accessed in another way is not one.
    let addresses = accesses(lifted::addresses).unwrap();
    assert_eq!(addresses.words, [16, 32, 40]);
}
