//! bindgen MODULE FOLDER: writes the module and its glue for Node into the folder.

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, module, folder] = arguments.as_slice() else {
        panic!("usage: bindgen MODULE FOLDER");
    };
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(module)
        .typescript(false)
        .nodejs(true)
        .and_then(|bindgen| bindgen.generate(folder))
        .expect("the module has the right version of wasm-bindgen");
}
