//! What a cluster is to be like.

use std::path::PathBuf;

use url::Url;

use crate::command::Failure;

/// The cluster that is measured
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "The cluster")]
pub(in super::super) struct ClusterArgs {
    /// The folder of the programs gateway, logic and repo [default: that of gochat itself]
    #[arg(long, value_name = "DIR")]
    pub(super) programs: Option<PathBuf>,

    /// PostgreSQL instead of SQLite
    #[arg(long, value_name = "URL")]
    pub(super) database: Option<Url>,

    /// Redis for presence
    #[arg(long, value_name = "URL")]
    pub(super) redis: Option<Url>,

    /// The process of the database, or the first of its processes: what it uses is told, too
    #[arg(long, value_name = "PID")]
    pub(super) database_pid: Option<u32>,

    /// The process of Redis
    #[arg(long, value_name = "PID")]
    pub(super) redis_pid: Option<u32>,

    /// How many gateways
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) gateways: u16,

    /// How many logic processes
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) logics: u16,

    /// How many repo processes; more than one need PostgreSQL and Redis
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) repos: u16,

    /// What the programs log
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub(super) log: String,

    /// Where the programs' files are kept while they run [default: the system's folder for such]
    #[arg(long, value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
}

impl ClusterArgs {
    /// Where the programs are.
    ///
    /// # Errors
    /// When this program does not know where it is itself.
    pub(in super::super) fn programs(&self) -> Result<PathBuf, Failure> {
        if let Some(folder) = &self.programs {
            return Ok(folder.clone());
        }
        let own = std::env::current_exe()?;
        Ok(own.parent().ok_or("gochat is in no folder")?.to_owned())
    }

    /// Where the database is, unless it is a file of the cluster's own.
    pub(in super::super) fn database_url(&self) -> Option<&Url> {
        self.database.as_ref()
    }

    /// In words.
    pub(in super::super) fn storage(&self) -> &'static str {
        match (&self.database, &self.redis) {
            (None, None) => "SQLite",
            (None, Some(_)) => "SQLite, Redis",
            (Some(_), None) => "PostgreSQL",
            (Some(_), Some(_)) => "PostgreSQL, Redis",
        }
    }

    /// How many processes of each service, in words.
    pub(in super::super) fn size(&self) -> String {
        let counted =
            |count: u16, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
        let gateways = counted(self.gateways, "gateway", "gateways");
        format!("{gateways}, {} logic, {} repo", self.logics, self.repos)
    }
}
