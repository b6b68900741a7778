//! The configuration of each connection and session, derived from the options.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use mailwright_proto::{
    Config, Security,
    auth::{Credentials, Mechanism},
};

use super::Options;
use crate::logins::{Logins, NoCredentials};
use crate::tls::{self, Trust};

/// The address of this end for a connection without one.
const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

impl Options {
    /// Returns the options for another connection, without logins and without a watcher.
    pub(crate) fn again(&self) -> Self {
        Self {
            socket: self.socket.clone(),
            is_lmtp: self.is_lmtp,
            security: self.security,
            ehlo_name: self.ehlo_name.clone(),
            mechanisms: self.mechanisms.clone(),
            usual_mechanisms: self.usual_mechanisms,
            ignored: self.ignored.clone(),
            transfer: self.transfer,
            expose_credentials: self.expose_credentials,
            tls: self.tls.clone(),
            timeouts: self.timeouts,
            observer: self.observer.clone(),
            keeps_dialogue: self.keeps_dialogue,
            #[cfg(feature = "mx")]
            exchange: self.exchange.clone(),
            host: self.host.clone(),
            port: self.port,
            logins: Logins::None,
            watcher: None,
        }
    }

    /// Applies the consequences that one option has for another, once all are set.
    pub(crate) fn settled(mut self) -> Self {
        if self.security == Security::Opportunistic {
            self.tls.trust = Trust::DangerousAcceptAnyCertificate;
        }
        self
    }

    /// Returns the options for another server, without credentials and without a watcher.
    #[cfg(feature = "check")]
    pub(crate) fn for_server(&self, host: &str, port: u16, security: Security) -> Self {
        Self {
            host: host.to_owned(),
            port,
            socket: None,
            security,
            observer: None,
            #[cfg(feature = "mx")]
            exchange: None,
            ..self.again()
        }
    }

    /// Returns the core's configuration. `local` is this end's address of the connection.
    pub(crate) fn to_config<F>(&self, logins: &Logins<F>, local: Option<IpAddr>) -> Arc<Config> {
        let ehlo_name = self
            .ehlo_name
            .clone()
            .unwrap_or_else(|| local.unwrap_or(LOCAL).to_canonical().into());
        let config = Config::new(ehlo_name)
            .security(self.security)
            .login(self.login_mechanisms(logins))
            .transfer(self.transfer);
        let config = config.ignore_extensions(self.ignored.iter().copied());
        let config = if self.is_lmtp { config.lmtp() } else { config };
        Arc::new(if self.expose_credentials {
            config.dangerous().expose_credentials()
        } else {
            config
        })
    }

    /// Adds to credentials the server that they are for, the certificate that TLS presents, and a
    /// nonce for SCRAM, which is ruled out if there is none.
    pub(crate) fn complete(&self, credentials: Credentials) -> Result<Credentials, NoCredentials> {
        let credentials = credentials.with_server(&self.host, self.port)?;
        let credentials = match self.tls.identity {
            Some(_) => credentials.with_certificate(),
            None => credentials,
        };
        Ok(match tls::random() {
            Some(nonce) => credentials.with_nonce(nonce),
            None => credentials,
        })
    }

    fn login_mechanisms<F>(&self, logins: &Logins<F>) -> Vec<Mechanism> {
        match &self.mechanisms {
            Some(chosen) if !logins.is_none() => chosen.clone(),
            _ => logins.mechanisms(self.usual_mechanisms),
        }
    }
}
