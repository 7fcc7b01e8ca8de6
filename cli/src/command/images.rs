//! `ewc images`.

use clap::{Args, Subcommand, ValueEnum};
use ewc_proto::v1;

use super::artefact::BodyArgs;
use super::remove::{self, RemoveArgs};
use crate::error::{CliError, Exit};
use crate::format::{gigabytes, or_dash};
use crate::lang::{Lang, Word};
use crate::session::Session;
use crate::table::{Align, Table};
use crate::view::ImageView;

/// List images and models and where they are, or make one known
#[derive(Debug, Args)]
pub struct ImagesArgs {
    #[command(subcommand)]
    command: Option<ImagesCommand>,
}

#[derive(Debug, Subcommand)]
enum ImagesCommand {
    /// List images
    List,
    /// Make an image known, or add replicas of a known one
    Add(AddArgs),
    /// Forget images, or replicas of them, and have the sites drop the bytes
    Remove(RemoveArgs),
}

#[derive(Debug, Args)]
struct AddArgs {
    /// Name of the image
    #[arg(long)]
    name: String,

    #[command(flatten)]
    body: BodyArgs,

    /// Site that holds it; may be repeated
    #[arg(long = "site", value_name = "SITE", required = true)]
    sites: Vec<String>,

    /// Processor architecture it runs on; by default any
    #[arg(long, default_value = "", hide_default_value = true)]
    architecture: String,

    /// What it holds
    #[arg(long, value_enum, default_value_t)]
    kind: Kind,
}

/// What an image holds.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Kind {
    /// A program or container image
    #[default]
    Program,
    /// A trained model
    Model,
}

pub(super) async fn run(args: ImagesArgs, session: &Session) -> Result<Exit, CliError> {
    match args.command {
        None | Some(ImagesCommand::List) => list(session).await,
        Some(ImagesCommand::Add(args)) => add(args, session).await,
        Some(ImagesCommand::Remove(args)) => remove(args, session).await,
    }
}

async fn list(session: &Session) -> Result<Exit, CliError> {
    let answer = session.client.list_images(v1::ListImagesRequest {}).await?;
    let views: Vec<ImageView> = answer.images.iter().map(ImageView::from).collect();
    session.show(&views, || table(&views, session.lang))?;
    Ok(Exit::Done)
}

async fn add(args: AddArgs, session: &Session) -> Result<Exit, CliError> {
    let body = args.body.body()?;
    let kind = match args.kind {
        Kind::Program => "program",
        Kind::Model => "model",
    };
    let image = v1::Image {
        name: args.name,
        sha256: body.sha256,
        size_bytes: body.size_bytes,
        architecture: args.architecture,
        sites: args.sites,
        kind: kind.to_owned(),
    };
    let request = v1::RegisterImageRequest { image: Some(image) };
    let view = ImageView::from(&session.client.register_image(request).await?);
    session.show(&view, || table(std::slice::from_ref(&view), session.lang))?;
    Ok(Exit::Done)
}

async fn remove(args: RemoveArgs, session: &Session) -> Result<Exit, CliError> {
    let removed = args
        .each(async |request| session.client.remove_image(request).await)
        .await?;
    session.show(&removed, || {
        remove::table(&removed, Word::Image, session.lang)
    })?;
    Ok(Exit::Done)
}

fn table(images: &[ImageView], lang: Lang) -> String {
    let column = |word: Word, align| (word.text(lang), align);
    let mut table = Table::new(&[
        column(Word::Image, Align::Left),
        column(Word::ImageKind, Align::Left),
        column(Word::Architecture, Align::Left),
        column(Word::Size, Align::Right),
        column(Word::Sites, Align::Left),
        ("sha256", Align::Left),
    ]);
    for image in images {
        table.row([
            image.name.clone(),
            image.kind.clone(),
            or_dash(&image.architecture),
            gigabytes(image.size_bytes),
            or_dash(&image.sites.join(", ")),
            image.sha256.chars().take(12).collect(),
        ]);
    }
    table.render()
}
