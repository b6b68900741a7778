//! Who gives tokens out: presets, and endpoints of one's own.

use oauth2::url::Url;

use crate::endpoint;
use crate::error::{Error, Fault};
use crate::flow::Flow;
use crate::kinds::Kinds;

/// Microsoft's login for its public cloud.
const MICROSOFT: &str = "https://login.microsoftonline.com";

/// The page that names the endpoints, the scopes and what an application has to be allowed.
/// <https://learn.microsoft.com/en-us/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth>
const MICROSOFT_PERSON: [&str; 2] = ["https://outlook.office.com/SMTP.Send", "offline_access"];
const MICROSOFT_APPLICATION: [&str; 1] = ["https://outlook.office365.com/.default"];

/// <https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>
const GOOGLE_SCOPE: &str = "https://mail.google.com/";

/// Names of tenants that stand for any: an application cannot log in as itself there.
const NO_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];

/// An authorization server: where it is, and what is asked of it.
///
/// ```
/// use mailwright_oauth::Issuer;
/// let contoso = Issuer::microsoft("contoso.onmicrosoft.com")?;
/// assert_eq!(contoso.token_endpoint(), "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token");
/// let own = Issuer::at("https://login.example.test/token")?.device("https://login.example.test/device")?;
/// assert_eq!(own.name(), "own");
/// # Ok::<(), mailwright_oauth::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    pub(crate) kind: Kinds,
    pub(crate) token: Url,
    pub(crate) authorization: Option<Url>,
    pub(crate) device: Option<Url>,
    pub(crate) revocation: Option<Url>,
}

impl Issuer {
    /// Microsoft Entra ID, for a tenant: its domain or id, or `organizations` where a person's account names it.
    ///
    /// # Errors
    /// What is no name of a tenant.
    pub fn microsoft(tenant: &str) -> Result<Self, Error> {
        Self::microsoft_at(MICROSOFT, tenant)
    }

    /// Microsoft Entra ID elsewhere than in the public cloud: `https://login.microsoftonline.us`, for one.
    ///
    /// # Errors
    /// What is no name of a tenant, or no address that secrets may go to.
    pub fn microsoft_at(authority: &str, tenant: &str) -> Result<Self, Error> {
        let is_of_name =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if tenant.is_empty() || tenant.starts_with('.') || !tenant.bytes().all(is_of_name) {
            return Err(Fault::Input(format!(
                "the tenant: {tenant:?} is neither a domain nor an id"
            ))
            .into());
        }
        let root = authority.trim_end_matches('/');
        let address =
            |what, path| endpoint::parse(what, &format!("{root}/{tenant}/oauth2/v2.0/{path}"));
        Ok(Self {
            kind: Kinds::Microsoft,
            token: address(TOKEN, "token")?,
            authorization: Some(address(AUTHORIZATION, "authorize")?),
            device: Some(address(DEVICE, "devicecode")?),
            revocation: None,
        })
    }

    /// Google. Its device flow does not give out the right to send mail: log in by a browser.
    ///
    /// # Errors
    /// None: it is a `Result` as its neighbours are.
    pub fn google() -> Result<Self, Error> {
        Ok(Self {
            kind: Kinds::Google,
            token: endpoint::parse(TOKEN, "https://oauth2.googleapis.com/token")?,
            authorization: Some(endpoint::parse(
                AUTHORIZATION,
                "https://accounts.google.com/o/oauth2/v2/auth",
            )?),
            device: None,
            revocation: Some(endpoint::parse(
                REVOCATION,
                "https://oauth2.googleapis.com/revoke",
            )?),
        })
    }

    /// Any other, by the address where it gives tokens out. What else it has is added.
    ///
    /// # Errors
    /// No address that secrets may go to.
    pub fn at(token_endpoint: &str) -> Result<Self, Error> {
        let token = endpoint::parse(TOKEN, token_endpoint)?;
        Ok(Self {
            kind: Kinds::Own,
            token,
            authorization: None,
            device: None,
            revocation: None,
        })
    }

    /// Gives tokens out at another address.
    ///
    /// # Errors
    /// No address that secrets may go to.
    pub fn token(self, address: &str) -> Result<Self, Error> {
        Ok(Self {
            token: endpoint::parse(TOKEN, address)?,
            ..self
        })
    }

    /// Has people log in at this page, for [`Flow::Browser`].
    ///
    /// # Errors
    /// No address that secrets may go to.
    pub fn authorization(self, address: &str) -> Result<Self, Error> {
        Ok(Self {
            authorization: Some(endpoint::parse(AUTHORIZATION, address)?),
            ..self
        })
    }

    /// Gives device codes out here, for [`Flow::Device`].
    ///
    /// # Errors
    /// No address that secrets may go to.
    pub fn device(self, address: &str) -> Result<Self, Error> {
        Ok(Self {
            device: Some(endpoint::parse(DEVICE, address)?),
            ..self
        })
    }

    /// Sets the endpoint that revokes tokens (RFC 7009).
    ///
    /// # Errors
    /// Fails if secrets may not go to that address.
    pub fn revocation(self, address: &str) -> Result<Self, Error> {
        Ok(Self {
            revocation: Some(endpoint::parse(REVOCATION, address)?),
            ..self
        })
    }

    /// `microsoft`, `google` or `own`.
    pub fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// Where it gives tokens out.
    pub fn token_endpoint(&self) -> &str {
        self.token.as_str()
    }

    /// The flows that it offers as far as is known here, the one for most people first.
    pub fn flows(&self) -> Vec<Flow> {
        let offers = |flow: &Flow| match flow {
            Flow::Device => self.device.is_some(),
            Flow::Browser => self.authorization.is_some(),
            Flow::ClientCredentials => self.kind != Kinds::Google,
            Flow::ServiceAccount => self.kind == Kinds::Google,
        };
        Flow::ALL.into_iter().filter(offers).collect()
    }

    /// What to ask for in order to send mail; nothing where that is not known.
    pub fn scopes(&self, flow: Flow) -> &'static [&'static str] {
        match (self.kind, flow) {
            (Kinds::Microsoft, Flow::ClientCredentials) => &MICROSOFT_APPLICATION,
            (Kinds::Microsoft, _) => &MICROSOFT_PERSON,
            (Kinds::Google, _) => &[GOOGLE_SCOPE],
            (Kinds::Own, _) => &[],
        }
    }

    /// Returns the parameters that the page for logins needs to grant a refresh token.
    /// <https://developers.google.com/identity/protocols/oauth2/web-server#offline>
    pub(crate) fn authorization_extras(
        &self,
        scopes: &[String],
    ) -> &'static [(&'static str, &'static str)] {
        match self.kind {
            Kinds::Google => &[("access_type", "offline"), ("prompt", "consent")],
            // OpenID Connect Core 1.0 section 11.
            Kinds::Own if scopes.iter().any(|scope| scope == "offline_access") => {
                &[("prompt", "consent")]
            }
            Kinds::Microsoft | Kinds::Own => &[],
        }
    }

    /// Fails with what is in the way of a flow.
    pub(crate) fn check(&self, flow: Flow) -> Result<(), Error> {
        let refuse = |why: &str| Err(Fault::Input(why.to_owned()).into());
        if self.flows().contains(&flow) {
            return match (self.kind, flow) {
                (Kinds::Microsoft, Flow::ClientCredentials) if self.is_for_any_tenant() => {
                    refuse("an application logs in to one tenant: name it by its domain or id")
                }
                _ => Ok(()),
            };
        }
        match (self.kind, flow) {
            (Kinds::Google, Flow::Device) => refuse(
                "Google's device flow does not give out the right to send mail: use the flow `browser`",
            ),
            (Kinds::Google, Flow::ClientCredentials) => refuse(
                "Google has no client credentials: use the flow `browser`, or a service account",
            ),
            (_, Flow::ServiceAccount) => refuse("only Google has service accounts"),
            (_, Flow::Device) => refuse(
                "this issuer has no device authorization endpoint: name one, or use another flow",
            ),
            (_, _) => {
                refuse("this issuer has no authorization endpoint: name one, or use another flow")
            }
        }
    }

    fn is_for_any_tenant(&self) -> bool {
        let tenant = self
            .token
            .path_segments()
            .and_then(|mut parts| parts.next())
            .unwrap_or_default();
        NO_TENANTS
            .iter()
            .any(|name| tenant.eq_ignore_ascii_case(name))
    }
}

pub(crate) const TOKEN: &str = "the token endpoint";
pub(crate) const AUTHORIZATION: &str = "the authorization endpoint";
pub(crate) const DEVICE: &str = "the device authorization endpoint";
pub(crate) const REVOCATION: &str = "the revocation endpoint";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_cannot_lead_elsewhere() {
        for tenant in [
            "", "a/b", "..", ".", "a?b", "a#b", "a b", "a@b", "a%2f", "ä.test", "a\r\n",
        ] {
            assert!(Issuer::microsoft(tenant).is_err(), "{tenant:?}");
        }
        for tenant in [
            "contoso.onmicrosoft.com",
            "organizations",
            "2f6c3a1e-0000-4000-8000-0123456789ab",
        ] {
            assert!(Issuer::microsoft(tenant).is_ok(), "{tenant}");
        }
    }

    #[test]
    fn a_flow_that_cannot_work_is_refused_with_the_reason() {
        let own = Issuer::at("https://login.example.test/token").unwrap();
        let cases = [
            (
                Issuer::google().unwrap(),
                Flow::Device,
                "Google's device flow",
            ),
            (
                Issuer::google().unwrap(),
                Flow::ClientCredentials,
                "no client credentials",
            ),
            (
                Issuer::microsoft("organizations").unwrap(),
                Flow::ClientCredentials,
                "one tenant",
            ),
            (
                own.clone(),
                Flow::Device,
                "no device authorization endpoint",
            ),
            (own.clone(), Flow::Browser, "no authorization endpoint"),
        ];
        for (issuer, flow, why) in cases {
            let error = issuer.check(flow).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
        assert!(own.check(Flow::ClientCredentials).is_ok());
        assert!(
            Issuer::microsoft("organizations")
                .unwrap()
                .check(Flow::Device)
                .is_ok()
        );
    }

    #[test]
    fn offline_access_asks_for_consent() {
        let own = Issuer::at("https://login.example.test/token").unwrap();
        let scopes = ["openid", "offline_access"].map(str::to_owned);
        assert_eq!(own.authorization_extras(&scopes), [("prompt", "consent")]);
        assert!(own.authorization_extras(&scopes[..1]).is_empty());
        // Microsoft grants it without, and a prompt each time is a nuisance there.
        assert!(
            Issuer::microsoft("contoso.example")
                .unwrap()
                .authorization_extras(&scopes)
                .is_empty()
        );
    }

    #[test]
    fn each_preset_asks_for_what_lets_it_send() {
        let microsoft = Issuer::microsoft("contoso.example").unwrap();
        assert_eq!(
            microsoft.scopes(Flow::Device),
            ["https://outlook.office.com/SMTP.Send", "offline_access"]
        );
        assert_eq!(
            microsoft.scopes(Flow::ClientCredentials),
            ["https://outlook.office365.com/.default"]
        );
        let google = Issuer::google().unwrap();
        assert_eq!(google.flows(), [Flow::Browser, Flow::ServiceAccount]);
        assert_eq!(google.scopes(Flow::Browser), [GOOGLE_SCOPE]);
    }
}
