//! How an example shows a product: what happens, what each promise comes to, and that the
//! log is whole.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use confidant::audit::{LogVerdict, verify_folder};
use confidant::policy::conformance::PromiseReport;

use crate::world::{Fallible, Place, Product, World};

/// Where the report is written to, beside the standard output.
#[derive(Debug, Default)]
struct Options {
    html: Option<PathBuf>,
    json: Option<PathBuf>,
    markdown: Option<PathBuf>,
    all: bool,
}

const HELP: &str = "\
Walks the data flow of a product, and shows what each of its promises comes to.

  --html FILE      writes the report as a page
  --json FILE      writes it as JSON
  --markdown FILE  writes it as a table in Markdown
  --evidence       prints the evidence for each promise, and not a line alone
";

/// Runs a product in a folder of its own, which is gone afterwards.
pub(crate) fn run(
    product: Product,
    flow: impl AsyncFn(&World) -> Fallible,
    check: impl AsyncFn(&World, &[&str]) -> Fallible<PromiseReport>,
) -> Fallible<ExitCode> {
    let Some(options) = options()? else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    let folder = format!("confidant-{}-{}", product.prefix, std::process::id());
    let folder = std::env::temp_dir().join(folder);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let shown = runtime.block_on(show(product, &folder, &options, flow, check));
    // What is left of a run that failed is for nobody.
    let _ = std::fs::remove_dir_all(&folder);
    shown
}

async fn show(
    product: Product,
    folder: &Path,
    options: &Options,
    flow: impl AsyncFn(&World) -> Fallible,
    check: impl AsyncFn(&World, &[&str]) -> Fallible<PromiseReport>,
) -> Fallible<ExitCode> {
    let world = World::open(product, Place::Folder(folder), &[]).await?;
    let walked = flow(&world).await;
    println!("{}\n", product.name);
    for line in world.told() {
        println!("{line}");
    }
    walked?;
    let report = check(&world, &[]).await?;
    for line in world.told() {
        println!("{line}");
    }
    println!();
    match options.all {
        true => println!("{report}"),
        false => table(&report),
    }
    let outputs = [
        (&options.html, report.to_html()),
        (&options.json, format!("{:#}\n", report.to_json())),
        (&options.markdown, report.to_markdown()),
    ];
    for (path, text) in outputs {
        if let Some(path) = path {
            std::fs::write(path, text)?;
        }
    }
    let (decisions, same) = world.replayed().await?;
    println!("{same} of {decisions} decisions in the log were made again bit for bit");
    let kept = world.log.checkpoint().await?.as_ref().clone();
    let log = verify_folder(folder.join("log"), &[world.verifier()], &[kept])?;
    println!("the log of {} entries is {:?}", log.size, log.verdict);
    let whole = log.verdict == LogVerdict::Intact && decisions == same;
    Ok(match report.is_kept() && whole {
        true => ExitCode::SUCCESS,
        false => {
            for line in report.complaints() {
                println!("! {line}");
            }
            ExitCode::FAILURE
        }
    })
}

/// Prints a line for each promise.
fn table(report: &PromiseReport) {
    for check in report.checks() {
        let promise = check.promise();
        let mut modules: Vec<&str> = check.mechanisms().map(|(module, _)| module).collect();
        modules.dedup();
        let mark = if check.is_failure() { '!' } else { ' ' };
        println!(
            "{mark} {:<6} {:<12} {:<22} {:>2} seen  {}",
            promise.id().as_str(),
            check.outcome().as_str(),
            modules.join(", "),
            check.evidence().len(),
            promise.text().unwrap_or_default()
        );
    }
    let tally = report.tally().into_iter();
    let tally: Vec<_> = tally
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    println!("\n{}", tally.join(", "));
}

fn options() -> Fallible<Option<Options>> {
    use lexopt::prelude::*;
    let mut options = Options::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("html") => options.html = Some(parser.value()?.into()),
            Long("json") => options.json = Some(parser.value()?.into()),
            Long("markdown") => options.markdown = Some(parser.value()?.into()),
            Long("evidence") => options.all = true,
            Long("help") | Short('h') => return Ok(None),
            _ => return Err(argument.unexpected().into()),
        }
    }
    Ok(Some(options))
}
