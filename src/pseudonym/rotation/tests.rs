use super::*;
use crate::store::MemoryStore;
use crate::taxonomy::Tenant;

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

fn setup(period: &str) -> (RotatingKeys, Arc<MemoryStore>, Purpose) {
    let store = Arc::new(MemoryStore::new());
    let keys = RotatingKeys::new(Arc::clone(&store) as _, "acme", period.parse().unwrap());
    (keys.unwrap(), store, Purpose::new("abuse").unwrap())
}

#[test]
fn periods_tile_time_on_calendar_bounds() {
    for (period, at, number, end) in [
        ("P1D", "1970-01-01T00:00:00Z", 0, "1970-01-02T00:00:00Z"),
        (
            "P1D",
            "2026-05-01T23:59:59.999999999Z",
            20_574,
            "2026-05-02T00:00:00Z",
        ),
        ("P1M", "2024-02-29T12:00:00Z", 649, "2024-03-01T00:00:00Z"),
        ("P1M", "2024-03-01T00:00:00Z", 650, "2024-04-01T00:00:00Z"),
        ("P3M", "2026-05-01T00:00:00Z", 225, "2026-07-01T00:00:00Z"),
        ("P1Y", "2026-12-31T23:00:00Z", 56, "2027-01-01T00:00:00Z"),
        (
            "PT1H",
            "2026-05-01T12:59:59Z",
            493_788,
            "2026-05-01T13:00:00Z",
        ),
        (
            "PT1S",
            "9999-12-30T21:59:59Z",
            u32::MAX,
            "9999-12-30T22:00:00.999999999Z",
        ),
    ] {
        let (keys, ..) = setup(period);
        let (found, ends) = keys.epoch(moment(at)).unwrap();
        if number == u32::MAX {
            // There are more seconds than numbers: the last one goes on.
            assert_eq!(found, u32::MAX, "{period}");
            continue;
        }
        assert_eq!((found, ends), (number, moment(end)), "{period} {at}");
    }
}

#[test]
fn what_cannot_rotate_is_refused() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let error = RotatingKeys::new(Arc::clone(&store), "acme", Period::ZERO).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let error = RotatingKeys::new(store, &"x".repeat(256), Period::days(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    let (keys, _, purpose) = setup("P1D");
    let early = moment("1969-12-31T23:59:59Z");
    let error = pollster::block_on(keys.at(&purpose, early)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn a_key_that_was_destroyed_is_not_made_again() {
    pollster::block_on(async {
        let (keys, store, purpose) = setup("P1D");
        let other = Purpose::new("abuse2").unwrap();
        let days: Vec<_> = (1..=9)
            .map(|day| moment(&format!("2026-05-0{day}T12:00:00Z")))
            .collect();
        let mut before = Vec::new();
        for day in &days {
            before.push(
                keys.at(&purpose, *day)
                    .await
                    .unwrap()
                    .session(&purpose, "s"),
            );
            keys.at(&other, *day).await.unwrap();
        }
        assert_eq!(
            before
                .iter()
                .collect::<std::collections::BTreeSet<_>>()
                .len(),
            9
        );
        // The fifth day ends at the very moment; the sixth has begun.
        let horizon = moment("2026-05-06T00:00:00Z");
        assert_eq!(keys.destroy_before(&purpose, horizon).await.unwrap(), 5);
        assert_eq!(keys.destroy_before(&purpose, horizon).await.unwrap(), 0);
        // An earlier horizon does not take the later one back.
        assert_eq!(keys.destroy_before(&purpose, days[0]).await.unwrap(), 0);
        for (day, before) in days.iter().zip(&before) {
            match keys.at(&purpose, *day).await {
                Ok(key) => {
                    assert!(*day >= horizon);
                    assert_eq!(key.session(&purpose, "s"), *before);
                }
                Err(error) => {
                    assert!(*day < horizon);
                    assert_eq!(error.kind(), ErrorKind::Refused);
                }
            }
            assert!(keys.at(&other, *day).await.is_ok());
        }
        // Another process and another period see the same horizon.
        let monthly = RotatingKeys::new(store, "acme", Period::months(1)).unwrap();
        assert!(monthly.at(&purpose, days[0]).await.is_ok());
        let april = moment("2026-04-30T12:00:00Z");
        assert!(monthly.at(&purpose, april).await.is_err());
    });
}

#[test]
fn damaged_records_are_refused() {
    pollster::block_on(async {
        let (keys, store, purpose) = setup("P1D");
        let at = moment("2026-05-01T12:00:00Z");
        let place = keys.place(&purpose, keys.epoch(at).unwrap().0).unwrap();
        for record in [
            vec![],
            vec![1],
            vec![1, 0],
            [&[1, 0][..], &[7; 31]].concat(),
            [&[1, 0][..], &[7; 33]].concat(),
            [&[2, 0][..], &[7; 32]].concat(),
            [&[1, 1][..], &[7; 32]].concat(),
        ] {
            store
                .commit(Batch::new().put(place.clone(), record))
                .await
                .unwrap();
            let error = keys.at(&purpose, at).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity);
        }
        let horizon = keys.horizon_place(&purpose).unwrap();
        for record in [
            vec![],
            vec![1; 16],
            vec![2; 17],
            [&[1][..], &[0x7f; 16]].concat(),
        ] {
            store
                .commit(Batch::new().put(horizon.clone(), record))
                .await
                .unwrap();
            let error = keys.at(&purpose, at).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Integrity);
        }
    });
}

/// Whoever can write to the store keeps no key alive by a record that is none.
#[test]
fn a_stray_record_keeps_no_key_from_being_destroyed() {
    pollster::block_on(async {
        let (keys, store, purpose) = setup("P1D");
        for day in 1..=3 {
            let at = moment(&format!("2026-05-0{day}T12:00:00Z"));
            keys.at(&purpose, at).await.unwrap();
        }
        let stray =
            store::RecordKey::new(Tenant::new("acme"), KEYS, format!("{purpose}\0P1D")).unwrap();
        let put = Batch::new().put(stray.clone(), b"x".to_vec());
        store.commit(put).await.unwrap();
        let horizon = moment("2026-05-03T00:00:00Z");
        let error = keys.destroy_before(&purpose, horizon).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Integrity);
        let left = keys.all(&purpose).unwrap();
        assert_eq!(store.scan(&left, 10).await.unwrap().len(), 2);
        store.commit(Batch::new().delete(stray)).await.unwrap();
        assert_eq!(keys.destroy_before(&purpose, horizon).await.unwrap(), 0);
        assert_eq!(store.scan(&left, 10).await.unwrap().len(), 1);
    });
}
