//! What must not build, does not.
//!
//! The test builds all dependencies once more, so it is left out where a feature brings
//! a client of a key service or a database.

#[test]
#[cfg(all(
    feature = "json",
    feature = "vault",
    not(any(feature = "aws-kms", feature = "gcp-kms", feature = "postgres"))
))]
fn the_wrong_thing_does_not_build() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}

#[test]
#[cfg(all(
    feature = "guard",
    feature = "vault",
    not(any(
        feature = "aws-kms",
        feature = "gcp-kms",
        feature = "model-http",
        feature = "postgres"
    ))
))]
fn nothing_goes_past_the_guard() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/guard/*.rs");
}
