import assert from "node:assert/strict";
import test from "node:test";
import {CurrentUser} from "../../../static/chat/model/current_user.js";
import {SpokenEvents} from "../../../static/chat/model/spoken_events.js";
import {Timeline} from "../../../static/chat/model/timeline.js";
import {message} from "../doubles.js";

const ada = {username: "ada", author: "a1"};
const bea = {username: "bea", author: "b2"};
const reaction = (id, target, fields = bea) => ({type: "reaction", id, target, ...fields, emoji: "👍", on: true});
const replyTo = (id, username) => ({reply_to: id, reply: {id, username, excerpt: "words"}});

/** For ada, whose message is 5; message 6 is bea's. `said` has the kind and the id of all that is spoken. */
function createSpoken() {
  const said = [];
  const messages = [message(5, ada), message(6, bea)];
  const announcer = {
    messageArrived: ({id}, isAnswer) => said.push([isAnswer ? "answer" : "message", id]),
    messageMissed: () => said.push(["missed"]),
    reactionArrived: ({id}) => said.push(["reaction", id]),
  };
  const timeline = new Timeline({messages, lastId: 6, hasOldest: true});
  return {spoken: new SpokenEvents(announcer, timeline, new CurrentUser(ada, () => {})), said};
}

test("messages of others are spoken, and answers to the user as such", () => {
  const {spoken, said} = createSpoken();
  spoken.messageArrived(message(7, bea));
  spoken.messageArrived(message(8, ada));
  spoken.messageArrived(message(9, {...bea, ...replyTo(5, "an earlier name")}));
  spoken.messageArrived(message(10, {...bea, ...replyTo(6, "bea")}));
  spoken.messageArrived(message(11, {...bea, ...replyTo(2, "ada")}));
  spoken.messageArrived(message(12, {...bea, reply_to: 3, reply: {id: 3, deleted: true}}));
  const expected = [
    ["message", 7],
    ["answer", 9],
    ["message", 10],
    ["answer", 11],
    ["message", 12],
  ];
  assert.deepEqual(said, expected);
});

test("reactions of others to a message of the user are spoken, and no others", () => {
  const {spoken, said} = createSpoken();
  spoken.reactionArrived(reaction(7, 5));
  spoken.reactionArrived(reaction(8, 6));
  spoken.reactionArrived(reaction(9, 2));
  spoken.reactionArrived(reaction(10, 5, ada));
  spoken.reactionArrived({...reaction(11, 5), on: false});
  assert.deepEqual(said, [["reaction", 7]]);
});

test("what came while there was no connection is counted, if it is a message", () => {
  const {spoken, said} = createSpoken();
  spoken.connected(8);
  spoken.messageArrived(message(7, bea)); // since the page was made
  spoken.connected(11);
  spoken.messageArrived(message(9, bea));
  spoken.reactionArrived(reaction(10, 5));
  spoken.reactionArrived(reaction(12, 5));
  assert.deepEqual(said, [["message", 7], ["missed"], ["reaction", 12]]);
});
