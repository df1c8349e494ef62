//! What an author is told about a mistake: the compiler's output is kept beside each example.
//! `TRYBUILD=overwrite` renews it.
#![allow(missing_docs)]

#[test]
fn mistakes_are_reported_at_the_authors_tokens() {
    let cases = trybuild::TestCases::new();
    // One example that compiles makes trybuild generate code, without which the compiler does not
    // see that a closure captures variables.
    cases.pass("tests/ui/correct.rs");
    cases.compile_fail("tests/ui/error_*.rs");
}
