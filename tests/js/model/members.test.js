import assert from "node:assert/strict";
import test from "node:test";
import {Members} from "../../../static/chat/model/members.js";

const ada = {username: "ada", author: "a1"};
const bea = {username: "bea", author: "b2"};

function membersOf(...people) {
  const members = new Members();
  members.replace(people, people.length);
  return members;
}

const names = (members) => members.named.map(({username}) => username);

test("members who join and leave are named", () => {
  const members = membersOf(ada);
  assert.equal(members.update({type: "presence", joined: [bea], left: [], count: 2}), "bea joined");
  assert.deepEqual(names(members), ["ada", "bea"]);
  assert.equal(members.update({type: "presence", joined: [], left: [ada], count: 1}), "ada left");
  assert.deepEqual(names(members), ["bea"]);
});

test("a rename is one member with another name", () => {
  const members = membersOf(ada, bea);
  const renamed = {...bea, username: "bo"};
  assert.equal(members.update({type: "presence", joined: [renamed], left: [bea], count: 2}), "bea is now bo");
  assert.deepEqual(names(members), ["ada", "bo"]);
});

test("in a room of many it is no news that somebody comes or goes, but a new name is", () => {
  const members = membersOf(ada);
  assert.equal(members.update({type: "presence", joined: [bea], left: [], count: 21}), "");
  const renamed = {...bea, username: "bo"};
  assert.equal(members.update({type: "presence", joined: [renamed], left: [bea], count: 21}), "bea is now bo");
  assert.equal(members.update({type: "presence", joined: [], left: [renamed], count: 20}), "bo left");
});

test("the user is first in their own list, also if the server does not name them", () => {
  const members = membersOf(bea, ada);
  assert.deepEqual(members.listFor(bea), [bea, ada]);
  const cy = {username: "cy", author: "c3"};
  assert.deepEqual(members.listFor(cy), [cy, ada, bea]);
});

test("members that the server does not name are counted", () => {
  const members = membersOf(ada);
  const joined = [bea, {username: "cy", author: "c3"}];
  assert.equal(members.update({type: "presence", joined, left: [], count: 3}), "bea and 1 more joined");
  members.update({type: "presence", members: [ada], count: 250});
  assert.equal(members.count, 250);
  assert.deepEqual(names(members), ["ada"]);
});
