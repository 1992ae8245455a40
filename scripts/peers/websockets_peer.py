"""Two users chat through the gateway with Python's websockets; a backend job pushes to them.

Reads WEB (host:port of the gateway's HTTP), REPO, LOGIC and GATEWAY (host:port of gRPC) and INTERNAL_TOKEN.
"""

import json
import os
import sys
import time
import urllib.request
from contextlib import ExitStack

from reflection import Checks, Server, until
from scene import PASSWORD, SINGLE, TEXT, Scene
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

WEB = os.environ["WEB"]
DELIVERED, OFFLINE = 1, 2


def http(method, path, token=None, **body):
    """The data of an HTTP answer."""
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"http://{WEB}/api{path}", json.dumps(body).encode() if body else None, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        envelope = json.load(answer)
    assert envelope["success"], envelope
    return envelope["data"]


class Talker:
    """A signed-in user's WebSocket, and what has come over it."""

    def __init__(self, token, url="/ws", **options):
        options.setdefault("additional_headers", {"authorization": f"Bearer {token}"})
        self.opened = ExitStack()
        self.socket = self.opened.enter_context(connect(f"ws://{WEB}{url}", open_timeout=10, **options))
        self.frames = []
        self.hello = self.wait("hello")

    def say(self, kind, data, **more):
        self.socket.send(json.dumps({"type": kind, "data": data, **more}))

    def wait(self, kind, **fields):
        """The first frame of that type with these fields in its data; what else comes is kept."""
        deadline = time.monotonic() + 10
        while True:
            for frame in self.frames:
                if frame["type"] == kind and fields.items() <= frame["data"].items():
                    self.frames.remove(frame)
                    return frame
            try:
                self.frames.append(json.loads(self.socket.recv(timeout=deadline - time.monotonic())))
            except TimeoutError:
                raise AssertionError(f"no {kind} {fields}; came: {self.frames}") from None

    def pinged(self):
        """Everything that the server sent before the answer to this ping has come."""
        self.say("ping", {}, id="ping")
        assert self.wait("pong")["id"] == "ping"
        return self.frames

    def close_code(self):
        try:
            while True:
                self.socket.recv(timeout=10)
        except ConnectionClosed as closed:
            return closed.rcvd.code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.opened.close()


class Chat:
    """Anna and Ben, who have signed in by HTTP and share a SINGLE."""

    def __init__(self, scene):
        self.scene = scene
        self.anna, self.ben = self.sign_in("Anna"), self.sign_in("Ben")
        body = {"type": SINGLE, "members": [self.ben["user"]["id"]]}
        self.single = http("POST", "/conversations", self.anna["accessToken"], **body)["id"]

    def sign_in(self, stem):
        name = self.scene.name(stem)
        http("POST", "/auth/register", username=name, password=PASSWORD)
        return http("POST", "/auth/login", username=name, password=PASSWORD)

    def talkers(self, *users):
        """Their sockets, and what closes them."""
        with ExitStack() as opened:
            sockets = [opened.enter_context(Talker(user["accessToken"])) for user in users]
            return (*sockets, opened.pop_all())

    def send(self, talker, content, key):
        talker.say(
            "send-message",
            {"conversationId": self.single, "content": content, "messageType": TEXT, "client_msg_id": key},
            id=f"id-{key}",
        )
        return talker.wait("message-ack", client_msg_id=key)


def hello(chat):
    """Each way of bringing the token."""
    token, user_id = chat.anna["accessToken"], chat.anna["user"]["id"]
    ways = {
        "header": {},
        "subprotocol": {"additional_headers": {}, "subprotocols": ["gochat.v1", f"bearer.{token}"]},
        "query": {"additional_headers": {}, "url": f"/ws?token={token}"},
    }
    for way, options in ways.items():
        with Talker(token, **options) as anna:
            data = anna.hello["data"]
            assert data["userId"] == user_id and data["sessionId"] and data["gatewayId"], (way, data)
            assert data["maxMessageBytes"] == 65_536 and abs(data["serverTime"] - time.time()) < 60, (way, data)
            assert data["heartbeatSeconds"] > 0 and abs(anna.hello["timestamp"] - time.time()) < 60, (way, anna.hello)
            expected = "gochat.v1" if way == "subprotocol" else None
            assert anna.socket.subprotocol == expected, (way, anna.socket.subprotocol)


def doors(chat):
    """Who is not let in."""
    good = {"authorization": f"Bearer {chat.anna['accessToken']}"}
    for headers, status in (
        ({}, 401),
        ({"authorization": "Bearer no-token"}, 401),
        ({"authorization": f"Bearer {chat.anna['refreshToken']}"}, 401),
        ({**good, "origin": "https://elsewhere.example"}, 403),
        ({**good, "origin": "null"}, 403),
    ):
        try:
            Talker("", additional_headers=headers).opened.close()
        except InvalidStatus as refused:
            assert refused.response.status_code == status, (headers, refused.response.status_code)
        else:
            raise AssertionError(f"let in with {headers}")
    with Talker("", additional_headers={**good, "origin": f"http://{WEB}"}):
        pass


def messages(chat):
    """An ack for the sender, the message for everybody else, and each session in the order of seq."""
    anna, anna_elsewhere, ben, opened = chat.talkers(chat.anna, chat.anna, chat.ben)
    with opened:
        ack = chat.send(anna, "hello 👋", "m1")
        assert ack["id"] == "id-m1" and ack["data"]["status"] == "success", ack
        assert ack["data"]["conversationId"] == chat.single and ack["data"]["createdAt"] > 0, ack
        for talker in (ben, anna_elsewhere):
            message = talker.wait("new-message", id=ack["data"]["messageId"])["data"]
            assert (message["content"], message["seqId"]) == ("hello 👋", ack["data"]["seqId"]), message
            assert (message["conversationId"], message["messageType"], message["clientMsgId"]) == (chat.single, TEXT, "m1")
            assert message["sender"]["username"] == chat.anna["user"]["username"] and not message["deleted"], message
        again = chat.send(anna, "something else", "m1")["data"]
        assert (again["messageId"], again["seqId"]) == (ack["data"]["messageId"], ack["data"]["seqId"]), again
        answer = chat.send(ben, "hello yourself", "m2")["data"]
        assert answer["seqId"] == ack["data"]["seqId"] + 1, answer
        assert anna.wait("new-message", id=answer["messageId"])["data"]["content"] == "hello yourself"
        own = [frame for frame in anna.pinged() if frame["type"] == "new-message"]
        assert not own, f"the sending session gets only the ack: {own}"
    history = http("GET", f"/conversations/{chat.single}/messages?limit=2", chat.ben["accessToken"])["messages"]
    assert [message["id"] for message in history] == [answer["messageId"], ack["data"]["messageId"]], history


def many_messages(chat):
    """A burst from both: everybody sees every seq."""
    anna, ben, opened = chat.talkers(chat.anna, chat.ben)
    with opened:
        for number in range(50):
            for name, talker in (("anna", anna), ("ben", ben)):
                data = {"conversationId": chat.single, "content": f"{number}", "messageType": TEXT}
                talker.say("send-message", {**data, "client_msg_id": f"{name}-{number}"})
        for name, talker, other in (("anna", anna, "ben"), ("ben", ben, "anna")):
            own = [talker.wait("message-ack", client_msg_id=f"{name}-{number}")["data"]["seqId"] for number in range(50)]
            others = [talker.wait("new-message", clientMsgId=f"{other}-{number}")["data"]["seqId"] for number in range(50)]
            assert own == sorted(own) and others == sorted(others), "a sender's order holds"
            seqs = sorted(own + others)
            assert seqs == list(range(seqs[0], seqs[0] + 100)), seqs


def read(chat):
    anna, ben, opened = chat.talkers(chat.anna, chat.ben)
    with opened:
        seq = chat.send(anna, "read me", "r1")["data"]["seqId"]
        chat.send(anna, "and me", "r2")
        ben.say("mark-read", {"conversationId": chat.single, "seqId": seq}, id="read")
        ack = ben.wait("read-ack")
        assert ack["id"] == "read", ack
        assert ack["data"] == {"conversationId": chat.single, "seqId": seq, "unreadCount": 1}, ack
        receipt = anna.wait("read-receipt", seqId=seq)["data"]
        assert receipt == {"conversationId": chat.single, "userId": chat.ben["user"]["id"], "seqId": seq}, receipt
        assert not any(frame["type"] == "read-receipt" for frame in ben.pinged()), "it is the one that asked"


def typing(chat):
    anna, ben, opened = chat.talkers(chat.anna, chat.ben)
    with opened:
        told = {"conversationId": chat.single, "userId": chat.anna["user"]["id"]}
        for kind, state in (("typing", True), ("stop-typing", False)):
            anna.say(kind, {"conversationId": chat.single}, id="typing")
            assert ben.wait("typing-indicator", typing=state)["data"] == {**told, "typing": state}
        # That a contact has come may be told meanwhile.
        told = [frame for frame in anna.pinged() if frame["type"] != "online-status"]
        assert not told, f"nothing is answered: {told}"


def errors(chat):
    """A frame that cannot be served is answered, and the session lives on."""
    with Talker(chat.anna["accessToken"]) as anna:
        message = {"conversationId": chat.single, "content": "x", "messageType": TEXT, "client_msg_id": "e1"}
        for change, code in (
            ({"conversationId": "no-such-id"}, "CONVERSATION_NOT_FOUND"),
            ({"content": " "}, "MESSAGE_EMPTY"),
            ({"content": "x" * (32 * 1024 + 1)}, "MESSAGE_TOO_LARGE"),
            ({"messageType": 4}, "UNSUPPORTED_MESSAGE_TYPE"),
        ):
            anna.say("send-message", {**message, **change}, id=code)
            error = anna.wait("error", code=code)
            assert error["id"] == code and error["data"]["client_msg_id"] == "e1" and error["data"]["message"], error
        for frame in ("no JSON", "[]", '{"type":"no-such-type","data":{},"id":"x"}', '{"data":{}}'):
            anna.socket.send(frame)
            anna.wait("error", code="INVALID_PARAMETER")
        anna.pinged()
        for _ in range(10):
            anna.socket.send("no JSON")
        assert anna.close_code() == 1008, "ten malformed frames in a row are abuse"


def pushes(chat):
    """PushToUsers reaches every session, but for those excluded, and says what became of it."""
    anna, anna_elsewhere, ben, opened = chat.talkers(chat.anna, chat.anna, chat.ben)
    push = chat.scene.rpc("im.gateway.v1.PusherService/PushToUsers")
    anna_id, ben_id, offline = chat.anna["user"]["id"], chat.ben["user"]["id"], chat.scene.user()
    gateway = anna.hello["data"]["gatewayId"]
    with opened:
        event = {"type": "notification", "data": '{"text":"Your build is green"}'}
        answer = push(user_ids=[ben_id, anna_id, offline], event=event, push_id="p1")
        found = [(one.user_id, one.status, one.sessions, list(one.gateway_ids)) for one in answer.results]
        expected = [(ben_id, DELIVERED, 1, [gateway]), (anna_id, DELIVERED, 2, [gateway]), (offline, OFFLINE, 0, [])]
        assert found == expected, found
        counts = (answer.delivered_users, answer.offline_users, answer.delivered_sessions, answer.push_id)
        assert counts == (2, 1, 3, "p1"), answer
        for talker in (anna, anna_elsewhere, ben):
            frame = talker.wait("notification")
            assert (frame["data"], frame["pushId"]) == ({"text": "Your build is green"}, "p1"), frame
        excluded = [anna.hello["data"]["sessionId"], ben.hello["data"]["sessionId"]]
        answer = push(user_ids=[anna_id, ben_id], event={"type": "a.b-c_1", "data": "{}"}, exclude_session_ids=excluded)
        assert [(one.status, one.sessions) for one in answer.results] == [(DELIVERED, 1), (OFFLINE, 0)], answer
        assert "pushId" not in anna_elsewhere.wait("a.b-c_1")
        assert not [frame for talker in (anna, ben) for frame in talker.pinged() if frame["type"] == "a.b-c_1"]


def presence(chat):
    """Online when hello has come; offline when the socket has gone."""
    carla = chat.sign_in("Carla")
    status = chat.scene.rpc("im.repo.v1.OnlineStatusService/GetUserOnlineStatus")
    asked = {"user_id": carla["user"]["id"]}
    with Talker(carla["accessToken"]) as talker:
        now = status(**asked).status
        assert now.is_online and list(now.gateway_ids) == [talker.hello["data"]["gatewayId"]], now
    until(lambda: not status(**asked).status.is_online, "offline after the close", seconds=2)


def contacts(chat):
    """Who shares a SINGLE is told who comes and goes; a job watches it."""
    carla, ben_id = chat.sign_in("Carla"), chat.ben["user"]["id"]
    carla_id = carla["user"]["id"]
    http("POST", "/conversations", carla["accessToken"], type=SINGLE, members=[ben_id])
    watch = chat.scene.gateway.begin("im.gateway.v1.PusherService/WatchPresence", user_ids=[carla_id])
    assert not next(watch).online
    with Talker(chat.ben["accessToken"]) as ben:
        with Talker(carla["accessToken"]) as talker:
            talker.wait("online-status", userId=ben_id, status="online")
            ben.wait("online-status", userId=carla_id, status="online")
            assert next(watch).online
        change = next(watch)
        assert (change.user_id, change.online) == (carla_id, False) and abs(change.at - time.time()) < 60, change
        ben.wait("online-status", userId=carla_id, status="offline")


def logout(chat):
    """Ends the sign-in everywhere: its sockets too, and no others of the user."""
    carla = chat.sign_in("Carla")
    elsewhere = http("POST", "/auth/login", username=carla["user"]["username"], password=PASSWORD)
    ended, going_on, opened = chat.talkers(carla, elsewhere)
    with opened:
        http("POST", "/auth/logout", carla["accessToken"])
        assert ended.close_code() == 4401
        going_on.pinged()
    try:
        Talker(carla["accessToken"]).opened.close()
    except InvalidStatus as refused:
        assert refused.response.status_code == 401, refused
    else:
        raise AssertionError("let in after the logout")


def main():
    token = os.environ["INTERNAL_TOKEN"]
    chat = Chat(Scene(*(Server(os.environ[name], token) for name in ("REPO", "LOGIC", "GATEWAY"))))
    checks = Checks()
    for check in (hello, doors, messages, many_messages, read, typing, errors, pushes, presence, contacts, logout):
        checks.run(f"websockets: {check.__name__}", check, chat)
    return checks.close("websockets")


if __name__ == "__main__":
    sys.exit(main())
