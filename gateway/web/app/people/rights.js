// Who may do what in a group, as logic's policy.rs decides it. The server has the last word.

import { Role } from "/gochat.js";

/** @param {number} mine the caller's role */
export function groupRights(mine) {
  return {
    edit: mine >= Role.ADMIN,
    add: mine >= Role.ADMIN,
    leave: mine < Role.OWNER,
    delete: mine === Role.OWNER,
  };
}

/**
 * What the caller may do to another member.
 * @param {number} mine @param {{ role: number, muted: boolean }} member
 */
export function memberRights(mine, { role, muted }) {
  const stands = mine >= Role.ADMIN && role < mine;
  const owns = mine === Role.OWNER && role < Role.OWNER;
  return {
    mute: stands && !muted,
    unmute: stands && muted,
    remove: stands,
    makeAdmin: owns && role === Role.MEMBER,
    makeMember: owns && role === Role.ADMIN,
    passOn: owns,
  };
}
