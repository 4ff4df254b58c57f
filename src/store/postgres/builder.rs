//! The builder of the store: its address and its connections.

use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Metrics, Pool, RecyclingMethod, Runtime,
};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};
use zeroize::Zeroizing;

use super::failure::silent;
use super::sql::{self, Sql};
use super::{PostgresStore, Renewed, on_runtime, schema, tls};
use crate::Error;

/// Settings of a [`PostgresStore`].
///
/// # Security
/// `Debug` does not show the address, which may hold a password. The builder wipes
/// its copy; the pool keeps one of its own as long as it may have to connect.
pub struct PostgresStoreBuilder {
    address: Zeroizing<String>,
    schema: String,
    owner: Option<String>,
    connections: usize,
    timeout: Duration,
    roots: Option<Vec<u8>>,
}

impl PostgresStoreBuilder {
    pub(super) fn new(address: &str) -> Self {
        Self {
            address: Zeroizing::new(address.to_owned()),
            schema: String::from("confidant"),
            owner: None,
            connections: 8,
            timeout: Duration::from_secs(10),
            roots: None,
        }
    }

    /// Sets the schema of the database in which the tables are; `confidant` unless set.
    /// Stores in different schemas have nothing in common.
    #[must_use]
    pub fn schema(mut self, name: &str) -> Self {
        name.clone_into(&mut self.schema);
        self
    }

    /// Names the role that the schema and its tables belong to, where it is another than
    /// the one that connects: the role that makes and changes tables, for instance.
    ///
    /// Triggers of a table run with the rights of the role that writes to it. A schema that
    /// some other role made beforehand is therefore refused, unless that role is a
    /// superuser, owns the database, or is one that the connecting role belongs to.
    #[must_use]
    pub fn owner(mut self, role: &str) -> Self {
        self.owner = Some(role.to_owned());
        self
    }

    /// Sets the most connections that are open at once; 8 unless set. Calls wait where
    /// all of them are in use.
    #[must_use]
    pub fn connections(mut self, most: usize) -> Self {
        self.connections = most;
        self
    }

    /// Sets how long a call may wait for a connection, and how long for its answer; 10
    /// seconds unless set.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the authorities, as PEM text, of which one must have signed the certificate
    /// of the server; those of the operating system unless set.
    #[must_use]
    pub fn root_certificates(mut self, pem: &[u8]) -> Self {
        self.roots = Some(pem.to_owned());
        self
    }

    /// Connects, and brings the tables up to date, which several processes may do
    /// at once.
    ///
    /// To make the schema and its tables takes the right to; once they are there,
    /// rights to read and write them are enough.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) where a setting is not well-formed, where
    /// there is no tokio runtime, where the tables are of a later version of this
    /// crate, or where they belong to a role that is not the [`owner`](Self::owner); [`Store`](crate::ErrorKind::Store) where the server cannot be reached
    /// or refuses.
    pub async fn connect(self) -> Result<PostgresStore, Error> {
        on_runtime()?;
        let schema = sql::quoted(&self.schema)?;
        if self.connections == 0 {
            return Err(Error::config("store may open no connection"));
        }
        let limit = self.timeout.as_millis();
        if limit == 0 || limit > MOST_MILLIS {
            return Err(Error::config("timeout is not 1 millisecond to 1 day"));
        }
        let renewed = Renewed::default();
        let store = PostgresStore {
            pool: self.pool(Arc::clone(&renewed))?,
            sql: Sql::new(&schema),
            timeout: self.timeout,
            renewed,
        };
        let migrated = schema::migrate(&store, &schema, self.owner.as_deref());
        let migrated = store.in_time(migrated).await;
        migrated.unwrap_or_else(|| Err(silent()))?;
        Ok(store)
    }

    fn pool(&self, renewed: Renewed) -> Result<Pool, Error> {
        let unreadable = |error| {
            Error::config("address of the store is not one of PostgreSQL").with_source(error)
        };
        let mut config: Config = self.address.parse().map_err(unreadable)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(self.timeout);
        }
        if config.get_application_name().is_none() {
            config.application_name("confidant");
        }
        if config.get_ssl_mode() == SslMode::Prefer {
            // To go without encryption where a server offers none is to let whoever
            // stands between decide.
            let mode = if is_here(&config) {
                SslMode::Disable
            } else {
                SslMode::Require
            };
            config.ssl_mode(mode);
        }
        let recycle = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = if config.get_ssl_mode() == SslMode::Disable {
            Manager::from_config(config, NoTls, recycle)
        } else {
            Manager::from_config(config, tls::connector(self.roots.as_deref())?, recycle)
        };
        let session = session(self.timeout);
        let prepare = Hook::async_fn(move |client, _| {
            let session = session.clone();
            Box::pin(async move {
                let set = client.batch_execute(&session).await;
                set.map_err(HookError::Backend)
            })
        });
        let is_young = Hook::sync_fn(move |_, metrics: &Metrics| {
            let renewed = *renewed.lock().unwrap_or_else(PoisonError::into_inner);
            if renewed.is_some_and(|renewed| metrics.created <= renewed) {
                return Err(HookError::message("session is older than the server"));
            }
            Ok(())
        });
        let pool = Pool::builder(manager)
            .max_size(self.connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(self.timeout))
            .create_timeout(Some(self.timeout))
            .recycle_timeout(Some(self.timeout))
            .post_create(prepare)
            .pre_recycle(is_young)
            .build();
        pool.map_err(|error| Error::config("store has no runtime").with_source(error))
    }
}

impl fmt::Debug for PostgresStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStoreBuilder")
            .field("schema_bytes", &self.schema.len())
            .field("connections", &self.connections)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A day.
const MOST_MILLIS: u128 = 86_400_000;

/// What is set on each new connection: where functions are looked for, so that no other role
/// can put one in their place; bounds on time; and the plan that every statement here has,
/// which goes by the one index.
fn session(timeout: Duration) -> String {
    let millis = timeout.as_millis();
    format!(
        "SET search_path = pg_catalog, pg_temp;
         SET statement_timeout = {millis};
         SET lock_timeout = {millis};
         SET idle_in_transaction_session_timeout = {millis};
         SET plan_cache_mode = force_generic_plan;
         SET enable_seqscan = off;
         SET enable_hashjoin = off;
         SET enable_mergejoin = off;
         SELECT set_config('synchronous_commit', 'on', false)
         WHERE current_setting('synchronous_commit') = 'off'"
    )
}

/// Whether the server is on this machine, as far as the address tells.
fn is_here(config: &Config) -> bool {
    let named = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost"
                || name
                    .parse()
                    .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    named
        && config
            .get_hostaddrs()
            .iter()
            .all(std::net::IpAddr::is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_goes_without_encryption() {
        for (address, here) in [
            ("host=localhost", true),
            ("host=127.0.0.1", true),
            ("host=::1", true),
            ("host=/var/run/postgresql", true),
            ("host=db.acme.test", false),
            ("host=localhost,db.acme.test", false),
            ("host=10.0.0.1", false),
            ("host=localhost hostaddr=10.0.0.1", false),
            ("host=localhost.acme.test", false),
        ] {
            assert_eq!(is_here(&address.parse().unwrap()), here, "{address}");
        }
    }
}
