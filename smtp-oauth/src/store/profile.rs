//! A login that is kept: read, renewed by one process at a time, and taken back.

use std::path::PathBuf;
use std::time::SystemTime;

use mailwright_proto::auth::Credentials;

use super::Store;
use crate::error::{Error, Fault};
use crate::flow::Flow;
use crate::login::{self, Login};
use crate::token::{Granted, copy};

/// A [`Login`] under a name, in a file of its own.
///
/// The file is readable by its owner alone, and not read if others may. It is replaced as a whole, and by one process at a
/// time: two never spend the same refresh token.
///
/// ```no_run
/// use mailwright_oauth::Store;
///
/// let profile = Store::at("/var/lib/mailer/tokens").profile("work")?;
/// let login = profile.fresh()?;
/// println!("{} until {:?}", login.user, login.token.expires());
/// # Ok::<(), mailwright_oauth::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    store: Store,
    name: String,
}

/// What became of a token that was to be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revoked {
    /// The issuer took it back, and the file is gone.
    ByIssuer,
    /// The file is gone. The issuer takes nothing back: the tokens stay good until they expire.
    HereAlone,
}

impl Profile {
    pub(crate) fn new(store: Store, name: &str) -> Self {
        Self {
            store,
            name: name.to_owned(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its file.
    pub fn path(&self) -> PathBuf {
        self.store.path(&self.name)
    }

    /// The login as it was kept. Its token may have expired.
    ///
    /// # Errors
    /// No such profile, or a file that cannot be read, is damaged, or that others may read.
    pub fn read(&self) -> Result<Login, Error> {
        let octets = self.store.read(&self.name)?.ok_or_else(|| {
            Error::from(Fault::NoProfile {
                profile: self.name.clone(),
                folder: self.store.folder().to_owned(),
            })
        })?;
        login::read(&octets).map_err(|why| {
            Fault::Damaged {
                path: self.path(),
                why,
            }
            .into()
        })
    }

    /// Keeps a login, in the place of the one before.
    ///
    /// # Errors
    /// A file that cannot be written, or another process that holds it for a minute.
    pub fn save(&self, login: &Login) -> Result<(), Error> {
        let _held = self.store.lock(&self.name)?;
        self.put(self.store.place()?, login)
    }

    /// Checks that a login can be saved, before a person logs in or a code is spent.
    ///
    /// # Errors
    /// Fails if the folder cannot be made or written.
    pub fn check_place(&self) -> Result<(), Error> {
        self.store.place().map(drop)
    }

    /// The login with a token that is good now, and for some minutes more if the issuer gives it so long: renewed, and
    /// kept, if need be.
    ///
    /// # Errors
    /// Those of [`read`](Self::read) and of [`refresh`](Self::refresh). A token that is not over yet is given all the same
    /// where the issuer cannot be asked now.
    pub fn fresh(&self) -> Result<Login, Error> {
        let login = self.read()?;
        if login.token.is_fresh(SystemTime::now()) {
            return Ok(login);
        }
        let _held = self.store.lock(&self.name)?;
        // Whoever held it before may have renewed it.
        let login = self.read()?;
        if login.token.is_fresh(SystemTime::now()) {
            return Ok(login);
        }
        match self.renew(&login) {
            Ok(renewed) => Ok(renewed),
            // A token without renewal is used until it expires.
            Err(error) if error.is_transient() || !can_be_renewed(&login) => {
                if login.token.has_expired() {
                    Err(error)
                } else {
                    Ok(login)
                }
            }
            Err(error) => Err(error),
        }
    }

    /// The login with a new token, which is kept.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), nothing to renew the token with, a refusal by the issuer, or no answer.
    pub fn refresh(&self) -> Result<Login, Error> {
        let _held = self.store.lock(&self.name)?;
        self.renew(&self.read()?)
    }

    /// The credentials for a mail server, fresh as by [`fresh`](Self::fresh).
    ///
    /// # Errors
    /// Those of [`fresh`](Self::fresh), and a token that no login can carry.
    pub fn credentials(&self) -> Result<Credentials, Error> {
        let login = self.fresh()?;
        self.credentials_of(&login.user, &login)
    }

    /// The same for another user than the login's: a shared mailbox, for one.
    ///
    /// # Errors
    /// Those of [`credentials`](Self::credentials).
    pub fn credentials_for(&self, user: &str) -> Result<Credentials, Error> {
        self.credentials_of(user, &self.fresh()?)
    }

    /// Has the issuer take the tokens back, if it does, and deletes the file.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), a refusal by the issuer, or no answer; the file is kept then.
    pub fn revoke(&self) -> Result<Revoked, Error> {
        let _held = self.store.lock(&self.name)?;
        let login = self.read()?;
        let outcome = match login.application.issuer.revocation {
            Some(_) => login
                .application
                .revoke(&login.token)
                .map(|()| Revoked::ByIssuer)?,
            None => Revoked::HereAlone,
        };
        self.store.remove(&self.name).map(|()| outcome)
    }

    /// Deletes the file, and tells the issuer nothing.
    ///
    /// # Errors
    /// No such file, or one that cannot be deleted.
    pub fn delete(&self) -> Result<(), Error> {
        let _held = self.store.lock(&self.name)?;
        self.store.remove(&self.name)
    }

    fn renew(&self, login: &Login) -> Result<Login, Error> {
        if !can_be_renewed(login) {
            let has_expired = login.token.has_expired();
            return Err(Fault::NoRefreshToken {
                profile: self.name.clone(),
                has_expired,
            }
            .into());
        }
        // The place is there before the refresh token is spent: a full or read-only folder costs no login.
        let (place, mut renewed) = (self.store.place()?, self.read()?);
        let granted = match login.flow {
            Flow::ClientCredentials => login.application.client_credentials().map(Granted::from)?,
            Flow::ServiceAccount => login
                .application
                .service_account(&login.user)
                .map(Granted::from)?,
            Flow::Device | Flow::Browser => login.application.renewal(&login.token)?,
        };
        renewed.application.takes_body = login.application.takes_body.clone();
        let failure = match granted.token {
            Ok(token) => {
                renewed.token = token;
                None
            }
            // The previous refresh token is spent, so the new one is saved even if the access token
            // is unusable.
            Err(error) if granted.refresh.is_some() => {
                renewed.token.refresh = granted.refresh;
                Some(error)
            }
            Err(error) => return Err(error),
        };
        self.put(place, &renewed)?;
        failure.map_or(Ok(renewed), Err)
    }

    fn put(&self, place: tempfile::NamedTempFile, login: &Login) -> Result<(), Error> {
        let octets = login::write(login).map_err(|why| Error::from(Fault::Input(why)))?;
        self.store.put(&self.name, place, &octets)
    }

    fn credentials_of(&self, user: &str, login: &Login) -> Result<Credentials, Error> {
        let unfit = |why: String| {
            Error::from(Fault::Damaged {
                path: self.path(),
                why,
            })
        };
        Credentials::token(user, copy(&login.token.access))
            .map_err(|error| unfit(error.to_string()))
    }
}

fn can_be_renewed(login: &Login) -> bool {
    login.token.can_be_refreshed() || !login.flow.is_of_person()
}
