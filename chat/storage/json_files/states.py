"""Messages that were folded lately, in memory: reactions by the thousand are not read again for every page."""

from collections import OrderedDict

from chat.storage.folding import MessageState

MAX_WEIGHT = 2**15  # messages and reactions in memory, of one room: 8 MB


class StateCache:
    """By the positions of the messages in one index; the least recently used ones are dropped.

    A state is one up to its `rev`: later amendments are still to be applied.
    """

    def __init__(self) -> None:
        self._states: OrderedDict[int, tuple[MessageState, int]] = OrderedDict()  # with the weight that is counted
        self._weight = 0

    def get(self, message: int) -> MessageState | None:
        """The state of the message at this position."""
        found = self._states.get(message)
        if found is None:
            return None
        state, counted = found
        if state.weight != counted:  # it has grown
            self.put(message, state)
        else:
            self._states.move_to_end(message)
        return state

    def put(self, message: int, state: MessageState) -> None:
        """Keep a state, and drop others if there are too many. The newest one is kept in any case."""
        self.drop(message)
        self._states[message] = state, state.weight
        self._weight += state.weight
        while self._weight > MAX_WEIGHT and len(self._states) > 1:
            self.drop(next(iter(self._states)))

    def drop(self, message: int) -> None:
        """Forget a message."""
        if (found := self._states.pop(message, None)) is not None:
            self._weight -= found[1]

    def clear(self) -> None:
        """Forget all messages."""
        self._states.clear()
        self._weight = 0
