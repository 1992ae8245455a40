"""What the calls are about: users, conversations and messages, made as they are needed."""

import itertools
import uuid

from reflection import Rpc

SINGLE, GROUP, WORLD = 1, 2, 3
TEXT, IMAGE, SYSTEM = 1, 2, 4
MEMBER, ADMIN, OWNER = 1, 2, 3
NORMAL, DISABLED = 1, 2
PASSWORD = "correct horse"
NOWHERE = "no-such-id"


class Scene:
    """The three servers, and makers of what the calls need."""

    def __init__(self, repo, logic, gateway):
        self.repo, self.logic, self.gateway = repo, logic, gateway
        self.run = uuid.uuid4().hex[:8]
        self.numbers = itertools.count(1)

    def rpc(self, name):
        server = {"repo": self.repo, "logic": self.logic, "gateway": self.gateway}[name.split(".")[1]]
        return Rpc(server, name)

    def name(self, stem="user"):
        """A name that no earlier run used."""
        return f"{stem}-{self.run}-{next(self.numbers)}"

    def user(self, **fields):
        """A user's id. Made in repo, without a password, for hashing one takes its time."""
        return self.rpc("im.repo.v1.UserService/CreateUser")(username=self.name(), **fields).user.id

    def guest(self):
        return self.user(is_guest=True)

    def registered(self):
        """Name and id of a user who can sign in."""
        name = self.name()
        answer = self.rpc("im.logic.v1.AuthService/Register")(username=name, password=PASSWORD)
        return name, answer.user.id

    def signed_in(self):
        """The answer to a new user's login."""
        return self.rpc("im.logic.v1.AuthService/Login")(username=self.registered()[0], password=PASSWORD)

    def conversation(self, kind, creator, *others):
        create = self.rpc("im.logic.v1.ConversationService/CreateConversation")
        name = "a group" if kind == GROUP else ""
        return create(creator_id=creator, type=kind, name=name, member_ids=others).conversation.id

    def single(self):
        """A SINGLE and its two users."""
        first, second = self.user(), self.user()
        return self.conversation(SINGLE, first, second), first, second

    def group(self, members=1):
        """A group, its owner, and as many plain members."""
        owner, *others = [self.user() for _ in range(members + 1)]
        return self.conversation(GROUP, owner, *others), owner, *others

    def admin(self, conversation, owner):
        """An admin more."""
        user = self.user()
        self.rpc("im.logic.v1.ConversationService/AddMembers")(
            operator_id=owner, conversation_id=conversation, user_ids=[user], role=ADMIN
        )
        return user

    def send(self, user, conversation, content="hello", **fields):
        return self.rpc("im.logic.v1.MessageService/SendMessage")(
            user_id=user, conversation_id=conversation, content=content, type=TEXT, **fields
        ).message


RPCS = {}


def rpc(name):
    """Marks the check of an RPC: it is given the RPC and the scene."""

    def register(check):
        assert name not in RPCS, f"{name} has two checks"
        RPCS[name] = check
        return check

    return register
