//! The static site: the WebAssembly modules, their JavaScript glue, and the files of `web/`, in one folder.
//!
//! ```text
//! site/index.html app.js worker.js element.js *.css …   wasm/engine.js wasm/engine_bg.wasm … opener … courier … ui
//! pkg/dist/       the same without the page itself and the examples, plus the modules' TypeScript declarations
//! ```

use crate::process;
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};
use wasm_bindgen_cli_support::Bindgen;

/// The target of everything that runs in the page.
const TARGET: &str = "wasm32-unknown-unknown";

/// The WebAssembly modules: crate name, and the name their files get.
///
/// Those in one list are compiled together; opener and courier are compiled alone, because what its libraries ask of shared ones
/// would make the engine larger.
const MODULES: [&[(&str, &str)]; 3] =
    [&[("wasm", "engine"), ("ui", "ui")], &[("opener", "opener")], &[("courier", "courier")]];

/// Files of the site that make the page but not the widget, so they stay out of the npm package.
const PAGE_ONLY: [&str; 3] = ["index.html", "app.js", "examples"];

/// The module that is cut into parts.
const IN_PARTS: &str = "ui";

/// Folder of `web/` that is compiled into the screen's module and need not be served.
const COMPILED_IN: &str = "locales";

/// How to build.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct BuildOptions {
    /// Build quickly instead of small and fast
    #[arg(long)]
    pub(crate) dev: bool,
    /// Folder to write, relative to the workspace
    #[arg(long, default_value = "site")]
    pub(crate) out: PathBuf,
}

impl BuildOptions {
    /// The folder of the site, absolute.
    pub(crate) fn out_folder(&self) -> PathBuf {
        process::root().join(&self.out)
    }

    fn profile(&self) -> &'static str {
        if self.dev { "web-dev" } else { "web" }
    }
}

/// Builds the site into its folder and the npm package's `pkg/dist`.
///
/// # Errors
/// When the target cannot be added, a crate doesn't compile, or a file cannot be written.
pub(crate) fn build(options: &BuildOptions) -> Result<()> {
    let started = Instant::now();
    process::ensure_target(TARGET)?;
    for together in MODULES {
        compile(together, options.profile(), TARGET)?;
    }
    let site = options.out_folder();
    clear(&site)?;
    let wasm = site.join("wasm");
    for (krate, name) in MODULES.into_iter().flatten() {
        bind(options, krate, name, &wasm)?;
    }
    if !options.dev {
        optimise(&wasm)?;
    }
    let root = process::root();
    copy_folder(&root.join("web"), &site, &|name| name != COMPILED_IN)?;
    copy_file(&root.join("index.html"), &site.join("index.html"))?;
    join_styles(&site)?;
    let dist = root.join("pkg/dist");
    clear(&dist)?;
    copy_folder(&site, &dist, &|name| !PAGE_ONLY.contains(&name))?;
    drop_declarations(&wasm)?;
    report(&site, options.dev)?;
    println!("Built {} in {:.1} s", site.display(), started.elapsed().as_secs_f64());
    Ok(())
}

fn compile(modules: &[(&str, &str)], profile: &str, target: &str) -> Result<()> {
    let mut cargo = process::toolchain("cargo");
    cargo.args(["build", "--target", target, "--profile", profile]);
    for (krate, _) in modules {
        cargo.args(["-p", krate]);
    }
    process::run(cargo.env("CARGO_TARGET_DIR", web_target()))
}

/// The target folder of the page's builds; its own, so that they neither wait for native builds nor undo them.
pub(crate) fn web_target() -> PathBuf {
    process::root().join("target/web")
}

fn bind(options: &BuildOptions, krate: &str, name: &str, out: &Path) -> Result<()> {
    let input = web_target().join(TARGET).join(options.profile()).join(format!("{krate}.wasm"));
    if !input.is_file() {
        bail!(
            "crate `{krate}` made no {}; its manifest needs `crate-type = [\"cdylib\", \"rlib\"]`",
            input.display()
        );
    }
    let input = if name == IN_PARTS { cut(&input, out)? } else { input };
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(&input)
        .out_name(name)
        .typescript(true)
        .omit_default_module_path(false)
        .keep_debug(false)
        .keep_lld_exports(name == IN_PARTS)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen
        .web(true)
        .and_then(|bindgen| bindgen.generate(out))
        .with_context(|| format!("binding crate `{krate}`"))
}

/// Cuts a module at the functions that its crate marked: what only they need becomes modules that are fetched when they are
/// first called. Returns the module that is left.
fn cut(input: &Path, out: &Path) -> Result<PathBuf> {
    fs::create_dir_all(out)?;
    let whole = fs::read(input)?;
    let rest = input.with_extension("rest.wasm");
    let main_module = format!("./{IN_PARTS}.js");
    let mut options = wasm_split_cli_support::Options::new(&whole);
    options.output_dir = out;
    options.main_out_path = &rest;
    options.main_module = &main_module;
    match wasm_split_cli_support::transform(options) {
        Ok(_) => Ok(rest),
        Err(error) => bail!("cutting {}: {error:#}", input.display()),
    }
}

/// Shrinks the modules with Binaryen, which comes with what the browser scenarios need; its absence costs only bytes.
fn optimise(wasm: &Path) -> Result<()> {
    let installed = process::root().join("tests/e2e/node_modules/binaryen/bin/wasm-opt");
    let mut program = if let Some(found) = process::find_on_path("wasm-opt") {
        vec![found]
    } else if installed.is_file() {
        vec![PathBuf::from("node"), installed]
    } else {
        return Ok(());
    };
    let arguments = program.split_off(1);
    let mut modules = Vec::new();
    list(wasm, wasm, &mut modules)?;
    for (name, module) in modules.into_iter().filter(|(name, _)| name.ends_with(".wasm")) {
        // The page waits for the screen, and for what the engine computes.
        let level = match name.as_str() {
            "engine_bg.wasm" => "-O3",
            "opener_bg.wasm" | "courier_bg.wasm" => "-Os",
            _ => "-Oz",
        };
        let smaller = module.with_extension("opt");
        let mut command = Command::new(&program[0]);
        command.args(&arguments).arg(level).args(FEATURES).arg(&module).arg("-o").arg(&smaller);
        match process::run(&mut command) {
            Ok(()) => fs::rename(&smaller, &module)?,
            Err(error) => println!("wasm-opt was left out: {error:#}"),
        }
    }
    Ok(())
}

/// What the modules use beyond the first version of WebAssembly.
const FEATURES: [&str; 7] = [
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-reference-types",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-multivalue",
];

/// Empties a folder that an earlier build wrote, so that nothing stale stays; refuses to touch any other folder.
fn clear(folder: &Path) -> Result<()> {
    if !folder.exists() {
        fs::create_dir_all(folder)?;
        return Ok(());
    }
    let ours = folder.join("wasm").is_dir();
    let empty = fs::read_dir(folder)?.next().is_none();
    if !ours && !empty {
        bail!(
            "{} holds something else than an earlier build; choose another folder or empty it",
            folder.display()
        );
    }
    fs::remove_dir_all(folder).with_context(|| format!("emptying {}", folder.display()))?;
    fs::create_dir_all(folder)?;
    Ok(())
}

fn copy_folder(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        if !wanted(&name.to_string_lossy()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to.join(&name), wanted)?;
        } else {
            copy_file(&entry.path(), &to.join(&name))?;
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("copying {} to {}", from.display(), to.display()))?;
    Ok(())
}

/// Puts the sheets that `ui.css` imports in its place, in their order: one request instead of many.
fn join_styles(site: &Path) -> Result<()> {
    let sheet = site.join("ui.css");
    let text = fs::read_to_string(&sheet)?;
    let mut joined = String::new();
    for line in text.lines() {
        match line.strip_prefix("@import \"").and_then(|rest| rest.strip_suffix("\";")) {
            Some(path) => joined.push_str(&fs::read_to_string(site.join(path))?),
            None => joined.push_str(line),
        }
        joined.push('\n');
    }
    fs::write(&sheet, joined)?;
    fs::remove_dir_all(site.join("ui"))?;
    Ok(())
}

/// Declarations serve the npm package's users; a browser never asks for them.
fn drop_declarations(wasm: &Path) -> Result<()> {
    for entry in fs::read_dir(wasm)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".d.ts") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Prints what a visitor downloads; compressed sizes only for release builds, where they mean something.
fn report(site: &Path, dev: bool) -> Result<()> {
    let mut files = Vec::new();
    list(site, site, &mut files)?;
    files.sort();
    let (mut raw_sum, mut packed_sum) = (0, 0);
    for (name, path) in &files {
        let bytes = fs::read(path)?;
        let raw = bytes.len();
        raw_sum += raw;
        if dev {
            println!("{:>9} KB  {name}", kilobytes(raw));
        } else {
            let packed = brotli_len(&bytes)?;
            packed_sum += packed;
            println!("{:>9} KB {:>9} KB brotli  {name}", kilobytes(raw), kilobytes(packed));
        }
    }
    if dev {
        println!("{:>9} KB  in all", kilobytes(raw_sum));
    } else {
        println!("{:>9} KB {:>9} KB brotli  in all", kilobytes(raw_sum), kilobytes(packed_sum));
    }
    Ok(())
}

fn list(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(root, &path, files)?;
        } else {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            files.push((name, path));
        }
    }
    Ok(())
}

fn brotli_len(bytes: &[u8]) -> Result<usize> {
    let mut packed = Vec::new();
    let settings = brotli::enc::BrotliEncoderParams { quality: 9, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &settings)?;
    Ok(packed.len())
}

fn kilobytes(n_bytes: usize) -> String {
    let tenths = n_bytes.div_ceil(100);
    format!("{}.{}", tenths / 10, tenths % 10)
}
