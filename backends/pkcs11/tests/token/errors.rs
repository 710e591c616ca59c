//! What operators are told.

use std::fs;

use cryptoki::{
    object::{Attribute, AttributeType, ObjectClass},
    session::UserType,
    types::AuthPin,
};
use hostcrypt::store::{KeyStore, Kind, StoreError};
use hostcrypt_pkcs11::{Error, Pin, Uri};

use crate::{
    name, record,
    softhsm::{PIN, SoftHsm},
};

crate::tests!(what_is_wrong_is_said, a_wrong_pin_is_not_tried_twice, a_pin_comes_from_a_file, what_failed_is_answered);

fn refusal(hsm: &SoftHsm, uri: &str, pin: Option<&str>) -> (Error, String) {
    let uri: Uri = uri.parse().unwrap();
    let error = hsm.open(&uri, pin.map(Pin::new)).unwrap_err();
    let text = error.to_string();
    assert!(!text.contains(PIN), "{text}");
    (error, text)
}

fn what_is_wrong_is_said(hsm: &SoftHsm) {
    let uri = hsm.token("errors");
    let module = hsm.module.display();
    assert!(matches!(refusal(hsm, "pkcs11:token=errors", None).0, Error::NoModule));
    let (error, text) = refusal(hsm, "pkcs11:token=errors?module-path=/nowhere/module.so", None);
    assert!(matches!(error, Error::ModuleNotFound(_)) && text.contains("/nowhere/module.so"));
    let text = hsm.folder.join("no-module.so");
    fs::write(&text, "text").unwrap();
    let (error, text) = refusal(hsm, &format!("pkcs11:?module-path={}", text.display()), None);
    assert!(matches!(error, Error::ModuleNotLoaded { .. }) && text.contains("no-module.so"));
    let (error, text) = refusal(hsm, &uri.to_string().replace("token=errors", "token=absent"), None);
    assert!(matches!(error, Error::NoSuchToken { .. }) && text.contains("it has pkcs11:token=errors;"), "{text}");
    let (error, _) = refusal(hsm, &format!("pkcs11:slot-id=987654321?module-path={module}"), None);
    assert!(matches!(error, Error::NoSuchToken { .. }));
    let tokens = hsm.again(&[crate::sharing::ANOTHER, "several"]).status().unwrap();
    assert!(tokens.success());
    assert!(matches!(refusal(hsm, &uri.to_string(), None).0.cause(), Error::PinNeeded));
    let (error, _) = refusal(hsm, &format!("{uri}&pin-source=/nowhere/pin"), None);
    assert!(matches!(error.cause(), Error::PinFile { .. }));
}

fn a_wrong_pin_is_not_tried_twice(hsm: &SoftHsm) {
    let uri = hsm.token("pins");
    let (error, text) = refusal(hsm, &uri.to_string(), Some("735-wrong"));
    assert!(matches!(error.cause(), Error::PinWrong) && !text.contains("735-wrong"), "{text}");
    assert!(matches!(refusal(hsm, &uri.to_string(), Some("")).0.cause(), Error::PinWrong));
    // Where a store is logged in, the token takes any PIN.
    let first = hsm.store(&uri);
    assert!(matches!(refusal(hsm, &uri.to_string(), Some("735-wrong")).0.cause(), Error::PinWrong));
    let second = hsm.store(&uri);
    drop(first);
    assert!(matches!(refusal(hsm, &uri.to_string(), Some("735-wrong")).0.cause(), Error::PinWrong));
    second.store(&name(Kind::Secret, 1), &record(b"x")).unwrap();
    drop(second);
    hsm.store(&uri);
}

fn a_pin_comes_from_a_file(hsm: &SoftHsm) {
    let uri: Uri =
        format!("{}&pin-source=file:{}", hsm.token("file"), hsm.folder.join("pin").display()).parse().unwrap();
    let binary = hsm.folder.join("binary-pin");
    fs::write(&binary, b"735\xff").unwrap();
    let (error, text) = refusal(hsm, &uri.to_string().replace("/pin", "/binary-pin"), None);
    assert!(matches!(error.cause(), Error::PinFile { .. }) && text.ends_with("binary-pin: it is not UTF-8"), "{text}");
    let store = hsm.open(&uri, None).unwrap();
    store.store(&name(Kind::Secret, 1), &record(b"x")).unwrap();
    assert!(!format!("{store:?} {:?} {uri}", uri.pin()).contains(PIN));
}

fn what_failed_is_answered(hsm: &SoftHsm) {
    let uri = hsm.token("reports");
    let store = hsm.store(&uri);
    let name = name(Kind::Secret, 1);
    store.store(&name, &record(b"x")).unwrap();
    assert!(matches!(store.open(&crate::name(Kind::Secret, 2), None), Err(StoreError::NotFound)));
    // Someone writes what the store would not.
    let session = hsm.pkcs11().open_rw_session(hsm.slot("reports")).unwrap();
    let _ = session.login(UserType::User, Some(&AuthPin::new(PIN.into())));
    let data = session.find_objects(&[Attribute::Class(ObjectClass::DATA)]).unwrap()[0];
    let types = [AttributeType::Label, AttributeType::Application, AttributeType::ObjectId];
    let mut other = session.get_attributes(data, &types).unwrap();
    session.destroy_object(data).unwrap();
    let class = Attribute::Class(ObjectClass::DATA);
    other.extend([class, Attribute::Token(true), Attribute::Private(true), Attribute::Value(vec![0; 5])]);
    session.create_object(&other).unwrap();
    let reason = crate::failure(store.open(&name, None));
    assert!(reason.contains("hostcrypt:secret:0101"), "{reason}");
}
