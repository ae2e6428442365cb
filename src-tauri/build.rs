//! Build script of the desktop: permissions, capabilities and resources of Tauri. Does not build the user interface.

fn main() {
    // `generate_context!` needs the folder, and a fresh clone has none.
    std::fs::create_dir_all("ui/dist").expect("the package folder can be written while it is built");
    // Not emitted by tauri-build when the pattern is our own.
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    tauri_build::try_build(
        tauri_build::Attributes::new()
            .capabilities_path_pattern("src-tauri/capabilities/**/*")
            .app_manifest(tauri_build::AppManifest::new().commands(&["request"])),
    )
    .expect("tauri.conf.json and the capabilities are valid");
}
