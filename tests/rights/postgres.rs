//! The register and its log in one PostgreSQL, from many tasks at once.

use std::sync::Arc;

use confidant::ErrorKind;
use confidant::audit::Log;
use confidant::rights::{RequestState, Step};
use confidant::store::Store;
use tokio::task::JoinSet;

use super::{TENANT, caller, deletion, id, register, report, rules, signer, subject};
use crate::store::postgres::{address, connect, runtime, schema};

/// Of several that take the same steps at once, one takes each.
#[test]
fn postgres_a_step_is_taken_by_one() {
    let Some(address) = address() else { return };
    let schema = schema("rights_steps");
    runtime().block_on(async {
        let mut tasks = JoinSet::new();
        for task in 0..4 {
            let store: Arc<dyn Store> = Arc::new(connect(&address, &schema).await);
            let log = Log::builder(signer()).open_store(Arc::clone(&store), "main");
            let register = register(store, log.await.unwrap());
            if task == 0 {
                let (me, jo) = (caller("setup"), subject("jo"));
                register
                    .open(&me, TENANT, &jo, deletion().id(id(1)))
                    .await
                    .unwrap();
            }
            tasks.spawn(async move {
                let (me, rules) = (caller(&format!("task-{task}")), rules());
                let steps = [
                    Step::Accept,
                    Step::Begin,
                    report("primary"),
                    report("vectors"),
                    Step::Complete([1; 32]),
                ];
                let mut taken = 0;
                for step in steps {
                    loop {
                        match register
                            .under(&rules)
                            .take(&me, TENANT, id(1), step.clone())
                            .await
                        {
                            Ok(_) => taken += 1,
                            Err(error) if error.kind() == ErrorKind::Conflict => continue,
                            Err(error) => assert_eq!(error.kind(), ErrorKind::Refused, "{error}"),
                        }
                        break;
                    }
                }
                let request = register.get(TENANT, id(1)).await.unwrap().unwrap();
                (taken, request)
            });
        }
        let ended = tasks.join_all().await;
        let taken: i32 = ended.iter().map(|(taken, _)| taken).sum();
        let last = ended
            .iter()
            .map(|(_, request)| request)
            .max_by_key(|request| request.steps().count());
        let last = last.unwrap();
        assert_eq!(
            (taken, last.steps().count(), last.state()),
            (5, 5, RequestState::Fulfilled)
        );
    });
}
