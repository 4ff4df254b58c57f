//! Links in messages, by which whoever gets them refuses more of their kind.

use confidant::seal::{Context, KeyVersion, Keyring, LocalKeys};
use confidant::secret::Secret;
use confidant::taxonomy::{Subject, Tenant};

use super::{Fallible, Switch, TENANT, World, subject};

impl World {
    /// Returns the last part of a link for somebody: sealed, so that it tells nobody whose
    /// it is, and bound to the purpose that it refuses.
    pub(crate) async fn link(&self, who: &Subject, refuses: &str) -> Fallible<String> {
        let whose = who.expose_id().as_bytes();
        let sealed = keyring()?.seal(whose, &context(refuses)?).await?;
        let digits = sealed.as_bytes().iter().map(|byte| format!("{byte:02x}"));
        Ok(digits.collect())
    }

    /// Returns whose link it is; an error for one that was not made for this purpose.
    pub(crate) async fn follow(&self, link: &str, refuses: &str) -> Fallible<Subject> {
        let digits = |at: usize| link.get(at..at + 2).ok_or("no link");
        let bytes: Fallible<Vec<u8>> = (0..link.len())
            .step_by(2)
            .map(|at| Ok(u8::from_str_radix(digits(at)?, 16)?))
            .collect();
        let whose = keyring()?.open(&bytes?, &context(refuses)?).await?;
        if self.is_off(Switch::LinksMixed) {
            return subject("somebody-else@mail.test");
        }
        subject(std::str::from_utf8(whose.expose_secret())?)
    }
}

fn keyring() -> Fallible<Keyring> {
    let key = Secret::new([12; 32]);
    let keys = LocalKeys::new("local:links", KeyVersion::new("1")?, &key)?;
    Ok(Keyring::new(keys))
}

fn context(refuses: &str) -> Fallible<Context> {
    Ok(Context::new(
        Tenant::new(TENANT),
        &format!("refuses/{refuses}"),
    )?)
}
