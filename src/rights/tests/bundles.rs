//! What a bundle holds, and what is withheld from it.

use super::*;

fn access(range: Option<DateRange>) -> Request {
    let intake = intake(RequestKind::Access).identity(evidence());
    request(match range {
        Some(range) => intake.range(range),
        None => intake,
    })
}

#[test]
fn a_bundle_holds_what_may_be_disclosed() {
    let range = DateRange::new(day(10)..day(20)).unwrap();
    let (primary, chat) = (store("primary"), category("chat.log"));
    let build = |turn: bool| {
        let mut builder = BundleBuilder::new(&access(Some(range))).unwrap();
        let mut items = vec![
            (day(10), "first"),
            (day(19), "last"),
            (day(9), "early"),
            (day(20), "late"),
        ];
        if turn {
            items.reverse();
        }
        for (at, text) in items {
            let inside = range.contains(at);
            assert_eq!(
                builder.add(&primary, &chat, at, json!(text)).unwrap(),
                inside
            );
        }
        builder
            .add(
                &primary,
                &category("billing.card"),
                day(11),
                json!("hunter2"),
            )
            .unwrap();
        builder.withhold(kept());
        assert!(
            !builder
                .add(&primary, &category("billing"), day(11), json!("hunter2"))
                .unwrap()
        );
        builder.add_secret_name(&primary, "github-token").unwrap();
        assert!(
            builder
                .add_secret_name(&primary, "a value = hunter2")
                .is_err()
        );
        builder.build(day(21)).unwrap()
    };
    let bundle = build(false);
    assert_eq!(bundle, build(true));
    let manifest: serde_json::Value = serde_json::from_slice(bundle.manifest()).unwrap();
    assert_eq!(manifest["files"].as_array().unwrap().len(), 1);
    assert_eq!(manifest["files"][0]["items"], 2);
    assert_eq!(manifest["outside_range"], 2);
    assert_eq!(manifest["withheld"][0]["clause"], "CC-40");
    assert_eq!(manifest["secrets"]["primary"][0], "github-token");
    assert_eq!(manifest["range"]["from"], "2027-01-10T00:00:00Z");
    let all: Vec<u8> = bundle
        .files()
        .flat_map(|(_, bytes)| bytes.to_vec())
        .collect();
    assert!(
        !String::from_utf8(all).unwrap().contains("hunter2"),
        "it is disclosed"
    );

    Bundle::verify(bundle.manifest(), |path| bundle.file(path)).unwrap();
    assert!(Bundle::verify(bundle.manifest(), |_| None).is_err());
    for (path, bytes) in bundle.files().filter(|(path, _)| *path != "manifest.json") {
        assert_eq!(path, "data/primary/chat.log.json");
        for index in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[index] ^= 1;
            let error = Bundle::verify(bundle.manifest(), |_| Some(&changed));
            assert_eq!(error.unwrap_err().kind(), ErrorKind::Integrity);
        }
    }
    assert!(
        BundleBuilder::new(&completed()).is_err(),
        "a deletion gets no bundle"
    );
    let refused = access(None);
    let no = Step::Refuse(clause("no"), Refusal::NoMatch);
    let refused = refused.apply(&rules(), no, day(2)).unwrap();
    assert!(BundleBuilder::new(&refused).is_err());
}

#[test]
fn what_a_store_withheld_is_in_the_manifest() {
    let steps = [
        Step::Accept,
        Step::Begin,
        report("primary", done(5), vec![kept()]),
        report("backup", StoreOutcome::Nothing, vec![]),
    ];
    let request = run(&access(None), steps).unwrap();
    let bundle = BundleBuilder::new(&request).unwrap().build(day(9)).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(bundle.manifest()).unwrap();
    assert_eq!(manifest["withheld"][0]["category"], "billing");
    let partial = run(&request, [Step::Complete(bundle.digest())]).unwrap();
    assert_eq!(partial.state(), RequestState::Partial);
}
