//! An answer to EHLO: what a server offers.

use mailwright::Capabilities;
use mailwright_proto::ehlo::Keyword;
use serde_json::{Map, Value, json};

use super::paragraph::Paragraphs;
use crate::console::Console;
use crate::paint::Paint;
use crate::text;

/// One keyword as it was offered, with all that was said of it.
struct Offer {
    keyword: String,
    parameters: Vec<String>,
}

/// Shows it.
pub(super) fn tell(offered: &Capabilities, console: &Console) {
    let page = Paragraphs::new(console);
    page.heading(
        Paint::Strong,
        &format!("{} offers:", text::decode(offered.host())),
    );
    for offer in offers(offered) {
        page.item(&format!("{} {}", offer.keyword, offer.parameters.join(" ")));
    }
    for (is_offered, told) in [
        (
            offered.offers(Keyword::StartTls),
            "It does not offer STARTTLS: either TLS is there by now, or there is none.",
        ),
        (
            offered.offers(Keyword::Auth),
            "It does not offer AUTH: many servers do so only over TLS.",
        ),
    ] {
        if !is_offered {
            page.heading(Paint::Plain, told);
        }
    }
    console.object(&to_json(offered));
}

fn to_json(offered: &Capabilities) -> Value {
    let capability =
        |offer: Offer| json!({"keyword": offer.keyword, "parameters": offer.parameters});
    let mut object = Map::new();
    object.insert("host".to_owned(), json!(text::decode(offered.host())));
    object.insert(
        "capabilities".to_owned(),
        offers(offered).into_iter().map(capability).collect(),
    );
    object.insert("size".to_owned(), json!(offered.size()));
    object.insert(
        "auth".to_owned(),
        offered.mechanisms().map(text::decode).collect(),
    );
    for keyword in [
        Keyword::Pipelining,
        Keyword::StartTls,
        Keyword::Chunking,
        Keyword::BinaryMime,
        Keyword::Dsn,
        Keyword::SmtpUtf8,
        Keyword::EightBitMime,
        Keyword::EnhancedStatusCodes,
    ] {
        object.insert(
            keyword.as_str().to_ascii_lowercase(),
            json!(offered.offers(keyword)),
        );
    }
    object.insert("limits".to_owned(), limits(offered));
    Value::Object(object)
}

/// The limits as they were named; a value that is no number stays what it is.
fn limits(offered: &Capabilities) -> Value {
    let Some(offer) = offers(offered)
        .into_iter()
        .find(|offer| offer.keyword.eq_ignore_ascii_case("LIMITS"))
    else {
        return Value::Null;
    };
    let value = |text: &str| {
        text.parse::<u64>()
            .map_or_else(|_| json!(text), |number| json!(number))
    };
    let pairs = offer
        .parameters
        .iter()
        .filter_map(|pair| pair.split_once('='));
    Value::Object(
        pairs
            .map(|(name, number)| (name.to_ascii_uppercase(), value(number)))
            .collect(),
    )
}

/// Each keyword once, in the order of the server. `AUTH=` is AUTH, and what it says is added to what AUTH said.
fn offers(offered: &Capabilities) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    for line in offered.lines() {
        let line = text::decode(line);
        let mut words = line.split_ascii_whitespace();
        let Some(first) = words.next() else { continue };
        let (keyword, glued) = match first.get(..5) {
            Some(old) if old.eq_ignore_ascii_case("AUTH=") => {
                ("AUTH", first.get(5..).filter(|rest| !rest.is_empty()))
            }
            _ => (first, None),
        };
        let parameters = glued.into_iter().chain(words).map(str::to_owned);
        match offers
            .iter_mut()
            .find(|offer| offer.keyword.eq_ignore_ascii_case(keyword))
        {
            Some(offer) => {
                for parameter in parameters {
                    if !offer
                        .parameters
                        .iter()
                        .any(|known| known.eq_ignore_ascii_case(&parameter))
                    {
                        offer.parameters.push(parameter);
                    }
                }
            }
            None => offers.push(Offer {
                keyword: keyword.to_owned(),
                parameters: parameters.collect(),
            }),
        }
    }
    offers
}
