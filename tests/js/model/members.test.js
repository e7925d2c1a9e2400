import assert from "node:assert/strict";
import test from "node:test";
import {Members} from "../../../static/chat/model/members.js";

const ada = {username: "ada", author: "a1"};
const bea = {username: "bea", author: "b2"};

function room(...members) {
  const people = new Members();
  people.replace(members, members.length);
  return people;
}

const names = (people) => people.named.map(({username}) => username);

test("people who come and go are named", () => {
  const people = room(ada);
  assert.equal(people.update({type: "presence", joined: [bea], left: [], count: 2}), "bea joined");
  assert.deepEqual(names(people), ["ada", "bea"]);
  assert.equal(people.update({type: "presence", joined: [], left: [ada], count: 1}), "ada left");
  assert.deepEqual(names(people), ["bea"]);
});

test("a rename is one person with another name", () => {
  const people = room(ada, bea);
  const renamed = {...bea, username: "bo"};
  assert.equal(people.update({type: "presence", joined: [renamed], left: [bea], count: 2}), "bea is now bo");
  assert.deepEqual(names(people), ["ada", "bo"]);
});

test("a crowd is counted, not listed", () => {
  const people = room(ada);
  const joined = [bea, {username: "cy", author: "c3"}];
  assert.equal(people.update({type: "presence", joined, left: [], count: 3}), "bea and 1 more joined");
  people.update({type: "presence", members: [ada], count: 250});
  assert.equal(people.count, 250);
  assert.deepEqual(names(people), ["ada"]);
});
