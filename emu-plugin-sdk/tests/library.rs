//! Plugins as separately linked libraries, and linked in: the same declarations either way.
#![allow(missing_docs)]

use std::path::PathBuf;

use abi_stable::library::lib_header_from_path;
use emu_plugin_sdk::abi::{PluginDeclaration, RootModuleRef, Version};
use emu_plugin_sdk::registry;

// Naming the crates is what keeps them in the program.
use emu_plugin_count as _;
use emu_plugin_hotblocks as _;

/// The library of a plugin crate, which is built along with this test.
fn library(plugin: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the test has a path");
    let directory = test.parent().expect("and lies in a directory");
    directory.join(format!("libemu_plugin_{plugin}.so"))
}

fn load(plugin: &str) -> Vec<PluginDeclaration> {
    let header = lib_header_from_path(&library(plugin)).expect("the library has a header");
    let root = header
        .init_root_module::<RootModuleRef>()
        .expect("its root module is ours");
    assert_eq!(root.sdk_version()(), Version::CURRENT);
    let declarations = root.declarations()();
    // SAFETY: abi_stable has accepted the root module.
    declarations
        .iter()
        .map(|declaration| unsafe { declaration.load() }.unwrap())
        .collect()
}

#[test]
fn each_library_lists_its_own_plugins() {
    for plugin in ["count", "hotblocks", "count"] {
        let names: Vec<&str> = load(plugin)
            .iter()
            .map(|found| found.name.as_str())
            .collect();
        assert_eq!(names, [plugin]);
    }
}

#[test]
fn plugins_linked_in_are_declared_as_their_libraries_declare_them() {
    let mut names: Vec<&str> = registry::declarations()
        .map(|declaration| declaration.name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["count", "hotblocks"]);

    let loaded = load("count")[0];
    let linked = registry::declarations()
        .find(|found| found.name == loaded.name)
        .unwrap();
    assert_eq!(loaded.summary, linked.summary);
    assert_eq!(loaded.required_features, linked.required_features);
    assert_ne!(
        loaded.create as usize, linked.create as usize,
        "the library brings its own code"
    );
}
