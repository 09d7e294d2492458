//! Signed tokens: a JSON Web Token checked against a set of public keys, with `ring` for the signatures.
//!
//! Only signatures with public keys are accepted. The key says which algorithm is right, not the token.

use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind, EncodingKey, Validation,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    decode, decode_header,
    errors::{Error, ErrorKind, Result},
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
    signature,
};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};

/// Difference between clocks that is forgiven, in seconds.
const LEEWAY_SECS: u64 = 30;

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: no_signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes `ring` what checks signatures in this process; to be called once, before the first token comes.
pub(crate) fn install() {
    // A second call finds the same provider in place.
    let _ = PROVIDER.install_default();
}

/// Whether the set has the key that the token names.
pub(crate) fn names_key(token: &str, set: &JwkSet) -> bool {
    key(token, set).is_some()
}

fn key<'a>(token: &str, set: &'a JwkSet) -> Option<&'a Jwk> {
    match decode_header(token).ok()?.kid {
        Some(kid) => set.find(&kid),
        // Without a name there must be no choice.
        None => set.keys.first().filter(|_| set.keys.len() == 1),
    }
}

/// Who the token is about, if one of the keys signed it for this audience and it is valid now.
pub(crate) fn subject(token: &str, set: &JwkSet, issuer: &str, audience: &str) -> Option<String> {
    let key = key(token, set)?;
    if key.common.public_key_use.as_ref().is_some_and(|it| *it != PublicKeyUse::Signature) {
        return None;
    }
    let algorithms = algorithms(key);
    let mut validation = Validation::new(*algorithms.first()?);
    validation.algorithms = algorithms;
    validation.leeway = LEEWAY_SECS;
    validation.validate_nbf = true;
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let claims: serde_json::Value =
        decode(token, &DecodingKey::from_jwk(key).ok()?, &validation).ok()?.claims;
    let subject = claims.get("sub")?.as_str()?;
    // It stands in the log, and an address of mail is nobody's business there.
    let short: String = subject.chars().filter(|c| !c.is_control()).take(64).collect();
    (!short.is_empty()).then(|| match short.split_once('@') {
        Some((name, _)) => format!("{name}@…"),
        None => short,
    })
}

/// The algorithms that go with a key: what it declares, else what its type can do. Shared secrets go with none.
fn algorithms(key: &Jwk) -> Vec<Algorithm> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    let able = match &key.algorithm {
        AlgorithmParameters::RSA(_) => vec![RS256, RS384, RS512, PS256, PS384, PS512],
        AlgorithmParameters::EllipticCurve(it) => match it.curve {
            EllipticCurve::P256 => vec![ES256],
            EllipticCurve::P384 => vec![ES384],
            _ => Vec::new(),
        },
        AlgorithmParameters::OctetKeyPair(it) if it.curve == EllipticCurve::Ed25519 => vec![EdDSA],
        _ => Vec::new(),
    };
    match key.common.key_algorithm {
        Some(declared) => able.into_iter().filter(|it| declared.to_string() == format!("{it:?}")).collect(),
        None => able,
    }
}

fn no_signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Err(Error::from(ErrorKind::InvalidAlgorithm))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    Ok(Box::new(RingVerifier { algorithm: *algorithm, key: key.clone() }))
}

/// Checks one algorithm's signatures with one key.
struct RingVerifier {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl signature::Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signed: &Vec<u8>) -> std::result::Result<(), signature::Error> {
        let plain: Option<&dyn VerificationAlgorithm> = match self.algorithm {
            Algorithm::ES256 => Some(&ECDSA_P256_SHA256_FIXED),
            Algorithm::ES384 => Some(&ECDSA_P384_SHA384_FIXED),
            Algorithm::EdDSA => Some(&ED25519),
            _ => None,
        };
        let rsa: Option<&RsaParameters> = match self.algorithm {
            Algorithm::RS256 => Some(&RSA_PKCS1_2048_8192_SHA256),
            Algorithm::RS384 => Some(&RSA_PKCS1_2048_8192_SHA384),
            Algorithm::RS512 => Some(&RSA_PKCS1_2048_8192_SHA512),
            Algorithm::PS256 => Some(&RSA_PSS_2048_8192_SHA256),
            Algorithm::PS384 => Some(&RSA_PSS_2048_8192_SHA384),
            Algorithm::PS512 => Some(&RSA_PSS_2048_8192_SHA512),
            _ => None,
        };
        let right = match (self.key.kind(), plain, rsa) {
            (DecodingKeyKind::SecretOrDer(key), Some(algorithm), _) => {
                UnparsedPublicKey::new(algorithm, key).verify(message, signed).is_ok()
            }
            (DecodingKeyKind::RsaModulusExponent { n, e }, _, Some(parameters)) => {
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signed).is_ok()
            }
            _ => false,
        };
        if right { Ok(()) } else { Err(signature::Error::new()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7515, appendix A.2: RS256 with the key given there.
    #[test]
    fn the_example_of_the_standard_verifies() {
        install();
        let n = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR\
                 T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-\
                 UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkM\
                 Ls91kzk2PAcDTW9gb54h4FRWyuXpoQ";
        let message = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signed = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU\
                      Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi\
                      12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        let key = DecodingKey::from_rsa_components(n, "AQAB").expect("the key of the example");
        let right = |message: &str| {
            jsonwebtoken::crypto::verify(signed, message.as_bytes(), &key, Algorithm::RS256)
                .expect("readable")
        };
        assert!(right(message), "the signature of the example");
        assert!(!right(&message.replace("eyJhbGci", "eyJhbGcj")), "and of nothing else");
    }

    #[test]
    fn a_shared_secret_is_no_key() {
        let set: JwkSet =
            serde_json::from_str(r#"{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"a"}]}"#).expect("a set");
        assert!(algorithms(&set.keys[0]).is_empty(), "whoever checks with it could sign with it");
    }

    #[test]
    fn a_key_is_good_for_what_it_declares() {
        let text = r#"{"kty":"RSA","n":"AQAB","e":"AQAB","alg":"PS256"}"#;
        let key: Jwk = serde_json::from_str(text).expect("a key");
        assert_eq!(algorithms(&key), [Algorithm::PS256], "and for nothing else");
    }
}
