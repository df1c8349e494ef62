//! The dependencies between the crates are those of ARCHITECTURE.md and no others.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Which workspace crates each crate may depend on. The crates of `plugins/` are not listed: one rule holds for all.
const ARROWS: &[(&str, &[&str])] = &[
    ("emu-plugin-macros", &[]),
    ("emu-plugin-sdk", &["emu-plugin-macros"]),
    ("emu-tcg", &[]),
    ("emu-core", &["emu-plugin-sdk", "emu-tcg"]),
    // The command links the built-in plugins; it names the guest and the back ends' options.
    ("emu-cli", &["emu-core", "emu-tcg", "PLUGINS"]),
];

/// Whether a crate belongs to the tests: they may depend on anything, product code never on them.
fn is_test_crate(name: &str) -> bool {
    name == "emu-tests" || name.starts_with("emu-fixture-")
}

#[test]
fn crates_depend_on_each_other_only_as_the_architecture_says() {
    let crates = normal_dependencies();
    let plugins: Vec<&str> = crates
        .keys()
        .map(String::as_str)
        .filter(|name| is_plugin(name))
        .collect();
    assert!(!plugins.is_empty(), "the workspace has plugins");
    for (name, dependencies) in &crates {
        if is_test_crate(name) {
            continue;
        }
        let allowed: BTreeSet<&str> = match ARROWS.iter().find(|(known, _)| known == name) {
            Some((_, allowed)) => {
                let plugins = if allowed.contains(&"PLUGINS") {
                    plugins.as_slice()
                } else {
                    &[]
                };
                allowed.iter().chain(plugins).copied().collect()
            }
            None if is_plugin(name) => BTreeSet::from(["emu-plugin-sdk"]),
            None => {
                panic!("{name} is a new crate: give it a row in this test and in ARCHITECTURE.md")
            }
        };
        for dependency in dependencies
            .iter()
            .filter(|dependency| crates.contains_key(*dependency))
        {
            assert!(
                allowed.contains(dependency.as_str()),
                "{name} may not depend on {dependency}; ARCHITECTURE.md has the arrows between the crates"
            );
        }
    }
}

#[test]
fn a_plugin_depends_on_the_sdk_alone() {
    for (name, dependencies) in normal_dependencies()
        .iter()
        .filter(|(name, _)| is_plugin(name))
    {
        assert_eq!(
            dependencies,
            &BTreeSet::from(["emu-plugin-sdk".to_owned()]),
            "{name} is to show that the SDK is all a plugin needs"
        );
    }
}

fn is_plugin(name: &str) -> bool {
    name.starts_with("emu-plugin-") && !["emu-plugin-sdk", "emu-plugin-macros"].contains(&name)
}

/// Every workspace crate with the names of its normal and build dependencies, also those from outside of the workspace.
fn normal_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .expect("cargo metadata runs");
    let dependencies = |package: &cargo_metadata::Package| {
        let counted = package
            .dependencies
            .iter()
            .filter(|d| d.kind != DependencyKind::Development);
        counted.map(|dependency| dependency.name.clone()).collect()
    };
    metadata
        .packages
        .iter()
        .map(|package| (package.name.to_string(), dependencies(package)))
        .collect()
}
