//! What the steps print, kept until the end, and searched then for the secrets that the tests made meanwhile.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use smtp_canary::{Leak, REGISTRY, Registry, scan};

use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::step::{self, Step};
use crate::tally::Tally;

/// Prints three secrets, each in another form.
const CONTROL: Step<'_> = Step {
    title: "secrets, shown on purpose",
    arguments: &["run", "--quiet", "-p", "smtp-canary", "--example", "leak"],
    environment: &[],
};
const FORMS: [&str; 3] = ["base64", "percent-encoded", "raw"];

/// What was printed. With a registry, whoever prints is told where to enter secrets.
#[derive(Default)]
pub(crate) struct Transcript {
    text: Vec<u8>,
    registry: Option<Registry>,
}

impl Transcript {
    /// An empty one, with an empty registry.
    pub(crate) fn with_registry(root: &Path) -> Result<Self, Failure> {
        let target = step::target(root);
        let file = target.join("test-secrets");
        let made = fs::create_dir_all(&target).and_then(|()| Registry::create(&file));
        let registry = made.map_err(Failure::io(format_args!("cannot make {}", file.display())))?;
        Ok(Self {
            text: Vec::new(),
            registry: Some(registry),
        })
    }

    /// Tells a command where the registry is.
    pub(crate) fn equip(&self, command: &mut Command) {
        match &self.registry {
            Some(registry) => command.env(REGISTRY, registry.path()),
            None => command.env_remove(REGISTRY),
        };
    }

    /// Something was printed.
    pub(crate) fn add(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    /// A secret that is not of a test's making.
    pub(crate) fn enter(&self, secret: &[u8]) -> Result<(), Failure> {
        match &self.registry {
            Some(registry) => registry
                .add(secret)
                .map_err(Failure::io("cannot write the registry of secrets")),
            None => Ok(()),
        }
    }

    /// Whether no secret was printed. Says which lines hold one, where some do, and forgets the secrets.
    pub(crate) fn holds_no_secret(self, tally: &mut Tally) -> Result<bool, Failure> {
        let octets = self.text.len();
        let (secrets, leaks) = self.search()?;
        println!(
            "{octets} octets of output hold {} of {secrets} secrets' forms",
            leaks.len()
        );
        for leak in &leaks {
            println!(
                "a secret, {}, in line {} of what was printed",
                leak.form, leak.line
            );
        }
        // Where nobody enters a secret, none can be found.
        let good = leaks.is_empty() && secrets > 0;
        tally.passed += u64::from(good);
        tally.failed += u64::from(!good);
        Ok(good)
    }

    fn search(self) -> Result<(usize, Vec<Leak>), Failure> {
        let Some(registry) = self.registry else {
            return Ok((0, Vec::new()));
        };
        let secrets = registry
            .secrets()
            .map_err(Failure::io("cannot read the registry of secrets"))?;
        registry
            .remove()
            .map_err(Failure::io("cannot remove the registry of secrets"))?;
        Ok((secrets.len(), scan(&self.text, &secrets)))
    }
}

/// The control: secrets that another process prints are found, in every form, all the way from there to here.
pub(crate) fn finds_what_is_shown(
    root: &Path,
    interrupt: &Interrupt,
    tally: &mut Tally,
) -> Result<bool, Failure> {
    let mut transcript = Transcript::with_registry(root)?;
    let printed = CONTROL.run(root, interrupt, tally, &mut transcript);
    let (_, leaks) = transcript.search()?;
    let found: BTreeSet<&str> = leaks.iter().map(|leak| leak.form).collect();
    let good = printed && found.iter().eq(&FORMS);
    println!("found: {}", Vec::from_iter(found).join(", "));
    tally.passed += u64::from(good);
    tally.failed += u64::from(!good);
    Ok(good)
}
