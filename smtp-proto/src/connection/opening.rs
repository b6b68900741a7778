//! From the greeting to an open session: EHLO, STARTTLS, AUTH.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Connection, Login};
use crate::auth::{
    AuthOffer, ChallengeFault, Choice, Credentials, MAX_CHALLENGES, MechanismUnusable,
};
use crate::command;
use crate::config::Security;
use crate::ehlo::{Capabilities, Keyword};
use crate::error::{Error, PeerFault, PolicyViolation, unexpected};
use crate::event::Event;
use crate::pipeline::Expect;
use crate::reply::{Reply, ReplyCode};
use crate::secret::Secret;
use crate::state::Trigger;
use crate::timeout::Phase;

impl Connection {
    /// Handles the greeting. RFC 5321 section 4.3.2: 220 opens the session. A 221 or 250 here
    /// belongs to another exchange.
    pub(super) fn on_greeting(&mut self, reply: Reply) {
        if reply.code().is_negative() {
            return self.reject(Phase::Greeting, reply);
        }
        if reply.code() != ReplyCode::SERVICE_READY {
            return self.fail(unexpected(Phase::Greeting, reply));
        }
        self.events.push_back(Event::Greeting(reply));
        self.advance(Trigger::Accepted);
        self.say_ehlo();
    }

    pub(super) fn say_ehlo(&mut self) {
        let hello = if self.config.is_lmtp {
            command::lhlo
        } else {
            command::ehlo
        };
        self.pipeline
            .push(Expect::Ehlo, |out| hello(out, &self.config.ehlo_name));
    }

    /// Handles the reply to EHLO. RFC 5321 section 4.1.1.1: `ehlo-ok-rsp` has only the code 250.
    pub(super) fn on_ehlo(&mut self, reply: Reply) {
        let code = reply.code();
        if code == ReplyCode::COMPLETED {
            let capabilities = Capabilities::from_reply(reply).without(&self.config.ignored);
            return self.on_capabilities(capabilities);
        }
        if !code.is_negative() {
            return self.fail(unexpected(Phase::Ehlo, reply));
        }
        // RFC 5321 section 3.2: a server that does not know EHLO may know HELO. LMTP has nothing in LHLO's place.
        let knows_no_ehlo = matches!(code.get(), 500 | 502 | 504) && !self.config.is_lmtp;
        match (
            knows_no_ehlo,
            self.config.security,
            self.config.mechanisms.is_empty(),
        ) {
            (false, ..) => self.reject(Phase::Ehlo, reply),
            (true, Security::StartTls, _) if !self.session.is_tls => {
                self.violate(PolicyViolation::StartTlsNotOffered)
            }
            (true, _, false) => self.violate(PolicyViolation::AuthNotOffered),
            (true, _, true) => {
                self.pipeline.push(Expect::Helo, |out| {
                    command::helo(out, &self.config.ehlo_name)
                });
                self.advance(Trigger::EhloUnknown);
            }
        }
    }

    pub(super) fn on_helo(&mut self, reply: Reply) {
        if reply.code().is_negative() {
            return self.reject(Phase::Ehlo, reply);
        }
        if reply.code() != ReplyCode::COMPLETED {
            return self.fail(unexpected(Phase::Ehlo, reply));
        }
        self.learn(Capabilities::none(reply));
        self.advance(Trigger::Accepted);
    }

    fn on_capabilities(&mut self, capabilities: Capabilities) {
        let offers_tls = capabilities.offers(Keyword::StartTls);
        self.learn(capabilities);
        match self.config.security {
            Security::StartTls | Security::Opportunistic if !self.session.is_tls && offers_tls => {
                self.pipeline.push(Expect::StartTls, command::starttls);
                self.advance(Trigger::WantsTls);
            }
            Security::StartTls if !self.session.is_tls => {
                self.violate(PolicyViolation::StartTlsNotOffered)
            }
            _ if self.config.mechanisms.is_empty() => self.advance(Trigger::Accepted),
            _ => self.want_login(),
        }
    }

    fn learn(&mut self, capabilities: Capabilities) {
        self.events
            .push_back(Event::Capabilities(capabilities.clone()));
        self.session.capabilities = Some(capabilities);
    }

    pub(super) fn on_starttls(&mut self, reply: Reply) {
        let code = reply.code();
        if code.is_negative() {
            return self.violate(PolicyViolation::StartTlsRejected(reply));
        }
        if code != ReplyCode::SERVICE_READY {
            return self.fail(unexpected(Phase::StartTls, reply));
        }
        if !self.session.reader.is_empty() {
            return self.fail(Error::Peer {
                phase: Phase::StartTls,
                fault: PeerFault::StartTlsInjection,
            });
        }
        self.advance(Trigger::Accepted);
    }

    fn want_login(&mut self) {
        if self.session.confidential().is_none() {
            return self.violate(PolicyViolation::NotConfidential);
        }
        let Some(capabilities) = self
            .capabilities()
            .filter(|offered| offered.offers(Keyword::Auth))
        else {
            return self.violate(PolicyViolation::AuthNotOffered);
        };
        let offered = capabilities
            .mechanisms()
            .map(|name| String::from_utf8_lossy(name).into_owned());
        let offer = AuthOffer {
            offered: offered.collect(),
            allowed: self.config.mechanisms.clone(),
            ..AuthOffer::default()
        };
        if offer.common().next().is_none() {
            return self.violate(PolicyViolation::NoCommonMechanism(offer));
        }
        self.offer = Some(Box::new(offer));
        self.advance(Trigger::WantsLogin);
    }

    pub(super) fn begin_login(&mut self, credentials: Credentials) {
        let exporter = self.session.exporter.as_deref().copied();
        let choice = Choice::new(self.offer.get_or_insert_default(), credentials, exporter);
        let Some(login) = self.next_login(choice) else {
            let offer = self.offer.take().unwrap_or_default();
            return self.violate(PolicyViolation::NoCommonMechanism(*offer));
        };
        self.say_auth(login);
        self.advance(Trigger::Credentials);
    }

    /// The next mechanism that can be used; nothing where there is none left.
    fn next_login(&mut self, mut choice: Choice) -> Option<Login> {
        let unfit = &mut self.offer.get_or_insert_default().unfit;
        let told = unfit.len();
        let next = choice.next(unfit);
        let (mechanism, exchange) = next?;
        // That there is no password for what takes one is no news.
        let news = unfit
            .iter()
            .skip(told)
            .filter(|(_, reason)| *reason != MechanismUnusable::NoCredentials);
        self.events
            .extend(news.map(|&(mechanism, reason)| Event::MechanismUnfit { mechanism, reason }));
        Some(Login {
            mechanism,
            exchange,
            held_back: None,
            challenges: 0,
            choice,
        })
    }

    fn say_auth(&mut self, mut login: Login) {
        let Some(proof) = self.session.confidential() else {
            return self.violate(PolicyViolation::NotConfidential);
        };
        let mechanism = login.mechanism;
        let initial = login.exchange.initial_response();
        let (now, later) = match initial {
            Some(response) if command::fits_auth_line(mechanism, &response) => {
                (Some(response), None)
            }
            other => (None, other),
        };
        self.pipeline.push_secret(Expect::Auth, |out| {
            command::auth(out, mechanism, now.as_ref(), proof)
        });
        self.login = Some(Box::new(Login {
            held_back: later,
            ..login
        }));
    }

    pub(super) fn on_auth(&mut self, reply: Reply) {
        let Some(login) = self.login.take().map(|login| *login) else {
            return self.fail(unexpected(Phase::Auth, reply));
        };
        let code = reply.code();
        if code == ReplyCode::CHALLENGE {
            return self.on_challenge(login, &reply);
        }
        // RFC 4954 section 6: only 235 reports that the login succeeded.
        let succeeded = code == ReplyCode::AUTHENTICATED;
        if succeeded && login.is_complete() {
            self.offer = None;
            self.events.push_back(Event::Authenticated {
                mechanism: login.mechanism,
                reply,
            });
            return self.advance(Trigger::Accepted);
        }
        if succeeded && login.mechanism.is_mutual() {
            return self.fail(Error::Peer {
                phase: Phase::Auth,
                fault: PeerFault::Unproven(login.mechanism),
            });
        }
        if !code.is_negative() {
            return self.fail(unexpected(Phase::Auth, reply));
        }
        self.on_refused_login(login, reply);
    }

    /// RFC 4954 section 4: 504 to AUTH itself says that the mechanism is not known, and nothing of the credentials. Behind
    /// every other "no" a second try could lock the account, also behind 534, by which Gmail asks for an app password.
    fn on_refused_login(&mut self, login: Login, reply: Reply) {
        let Login {
            mechanism,
            mut exchange,
            choice,
            challenges,
            ..
        } = login;
        if reply.code() == 504 && challenges == 0 {
            // What is passed over on the way to the next one is told behind the refusal.
            let earlier = self.events.len();
            if let Some(next) = self.next_login(choice) {
                self.events
                    .insert(earlier, Event::MechanismRefused { mechanism, reply });
                return self.say_auth(next);
            }
        }
        let detail = exchange.failure().map(Box::new);
        self.events.push_back(Event::LoginRejected {
            mechanism,
            reply,
            detail,
        });
        self.say_quit();
    }

    /// Reports 421 as the final reply to a login that the server had refused within the exchange.
    pub(super) fn shut_down_login(&mut self, reply: &Reply) {
        let Some(mut login) = self.login.take() else {
            return;
        };
        if let Some(refusal) = login.exchange.failure() {
            let (mechanism, detail) = (login.mechanism, Some(Box::new(refusal)));
            self.events.push_back(Event::LoginRejected {
                mechanism,
                reply: reply.clone(),
                detail,
            });
        }
    }

    fn on_challenge(&mut self, mut login: Login, reply: &Reply) {
        let response = match login.respond(reply) {
            Ok(response) => response,
            Err(fault) => return self.cancel_login(PeerFault::BadChallenge(fault)),
        };
        let Some(proof) = self.session.confidential() else {
            return self.violate(PolicyViolation::NotConfidential);
        };
        self.pipeline.push_secret(Expect::Auth, |out| {
            command::auth_response(out, &response, proof);
            0
        });
        self.login = Some(Box::new(login));
    }

    /// The reply to this ends the session; the fault surfaces after it.
    fn cancel_login(&mut self, fault: PeerFault) {
        self.error = Some(Box::new(Error::Peer {
            phase: Phase::Auth,
            fault,
        }));
        self.pipeline
            .push(Expect::AuthCancelled, command::auth_cancel);
    }

    fn reject(&mut self, phase: Phase, reply: Reply) {
        self.events.push_back(Event::Rejected { phase, reply });
        self.say_quit();
    }
}

impl Login {
    /// The response to a challenge. The first one is answered with an initial response that was held back.
    fn respond(&mut self, reply: &Reply) -> Result<Secret, ChallengeFault> {
        if self.challenges == MAX_CHALLENGES {
            return Err(ChallengeFault::TooMany);
        }
        self.challenges = self.challenges.saturating_add(1);
        let challenge = if self.exchange.reads_challenges() {
            decoded(reply)?
        } else {
            Vec::new()
        };
        let response = match self.held_back.take() {
            Some(response) => response,
            None => self.exchange.respond(&challenge)?,
        };
        if command::fits_response(&response) {
            Ok(response)
        } else {
            Err(ChallengeFault::ResponseTooLong)
        }
    }

    fn is_complete(&self) -> bool {
        self.held_back.is_none() && self.exchange.is_complete()
    }
}

/// Returns the octets of a challenge, which is one line of base64.
fn decoded(reply: &Reply) -> Result<Vec<u8>, ChallengeFault> {
    let mut lines = reply.lines();
    let challenge = command::decode_challenge(lines.next().unwrap_or_default())
        .filter(|_| lines.next().is_none());
    challenge.ok_or(ChallengeFault::NotBase64)
}
