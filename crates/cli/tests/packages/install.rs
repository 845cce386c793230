//! Installs the packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder of the scenarios, with their packages installed. That is done by
/// the first test that asks, and again when the lock has changed.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/packages");
        let lock = fs::read(folder.join("package-lock.json")).expect("the lock");
        let installed = folder.join("node_modules/installed.json");
        if fs::read(&installed).is_ok_and(|found| found == lock) {
            return folder;
        }
        let npm = Command::new("npm")
            .arg("ci")
            .current_dir(&folder)
            .output()
            .expect("npm runs; it comes with Node");
        assert!(
            npm.status.success(),
            "npm ci in tests/packages: {}",
            String::from_utf8_lossy(&npm.stderr)
        );
        fs::write(&installed, lock).expect("written");
        folder
    })
}
