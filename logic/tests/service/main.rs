//! A whole logic process between fakes of repo and of gateways: what it asks of them, and what it answers.

#[cfg(test)]
mod auth;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod contacts;
#[cfg(test)]
mod conversation;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod friends;
#[cfg(test)]
mod process;
#[cfg(test)]
mod recall;
#[cfg(test)]
mod repair;
#[cfg(test)]
mod rig;
#[cfg(test)]
mod send;
#[cfg(test)]
mod sign_ins;
#[cfg(test)]
mod signals;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod world;
