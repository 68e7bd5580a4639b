"""The one owner of what exists now: functions, URLs, mappings, configurations of asynchronous invocations, queues.

Every other part asks the stack, or subscribes to its changes and acts on them. A change through the API, a changed
template and the first start are the same to a subscriber: a resource is added, changed or removed.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.resources import (
    EventInvokeConfig,
    Function,
    FunctionUrl,
    Permission,
    Queue,
    Resources,
)
from emulator.stack.function_versions import FunctionVersions
from emulator.stack.live import JoinedResources, LiveResources, ResourceT, WatchedResources
from emulator.stack.live_mappings import LiveMappings


@dataclass(frozen=True, slots=True)
class LiveUrl:
    """A function URL of this emulator, and its position, counted from 0, which decides on its port."""

    url: FunctionUrl
    position: int


class Stack:
    """All resources as they are now, each type by its own key."""

    def __init__(self) -> None:
        self.template = Resources((), (), (), ())  #: as it was applied last
        self.queues: LiveResources[Queue] = LiveResources()  #: the template's, by name; programs make others
        self.functions: LiveResources[Function] = LiveResources()  #: by name, as they are now ($LATEST)
        self.versions = FunctionVersions()
        #: what can be called: the functions as they are now, and their published versions, by `Function.key`
        self.callable: WatchedResources[Function] = JoinedResources(self.functions, self.versions.published)
        self.event_invokes: LiveResources[EventInvokeConfig] = LiveResources()  #: by the function's name
        self.mappings = LiveMappings()  #: by UUID
        self.permissions: LiveResources[Permission] = LiveResources()  #: by `Permission.key`
        self.tags: dict[str, Mapping[str, str]] = {}  #: by the function's name, or the mapping's UUID; only the API's
        self.urls: LiveResources[LiveUrl] = LiveResources()  #: by URL id

    def apply(self, resources: Resources) -> None:
        """Make the difference between the template that was applied before and this one.

        As in CloudFormation, what both describe in the same way stays as it is now, even if the API has changed it,
        and what only the API has made is not touched.
        """
        before, self.template = self.template, resources
        _replace(self.queues, before.queues, resources.queues, lambda queue: queue.name)
        _replace(self.functions, before.functions, resources.functions, lambda function: function.name)
        _replace(self.versions.aliases, before.aliases, resources.aliases, lambda alias: alias.key)
        _replace(self.event_invokes, before.event_invokes, resources.event_invokes, lambda config: config.key)
        self.mappings.apply(before.mappings, resources.mappings)
        _replace(self.permissions, before.permissions, resources.permissions, lambda permission: permission.key)
        _replace(self.urls, _live_urls(before.urls), _live_urls(resources.urls), lambda live: live.url.id)
        self._move_urls()
        of_template = {permission.key for permission in resources.permissions}
        for resource in {p.resource for key, p in self.permissions.items() if key not in of_template}:
            self._grant(resource)

    def put_tags(self, key: str, tags: Mapping[str, str]) -> None:
        """Set the tags of a function, given by its name, or of a mapping, given by its UUID."""
        self.tags[key] = dict(tags)
        self.functions.touch(key)

    def mapped_functions(self) -> set[str]:
        """Return the names of the functions with an event source mapping."""
        return {live.mapping.function for live in self.mappings.values()}

    def change_code(self, name: str, changed: Function | None = None) -> Function:
        """Replace a function's code: by that of `changed`, or by what its files have become since its last start.

        Calls in flight end as they began. The next calls get environments with the new code.
        """
        function = changed or self.functions[name]
        revision = self.functions[name].source.revision + 1
        function = replace(function, source=replace(function.source, revision=revision))
        self.functions.put(name, function)
        return function

    def delete_function(self, name: str) -> None:
        """Delete a function, with its URL, policy and configuration of events; its mappings stay, as on AWS."""
        for url_id in self.urls_of(name):
            self.urls.remove(url_id)
        for key in [key for key, permission in self.permissions.items() if permission.function == name]:
            self.permissions.remove(key)
        for key in [key for key, config in self.event_invokes.items() if config.function == name]:
            self.event_invokes.remove(key)
        self.versions.remove_function(name)
        self.tags.pop(name, None)
        self.functions.remove(name)

    def remove_version(self, version: Function) -> None:
        """Delete a published version, with its policy and its configuration of events."""
        for key in [key for key, permission in self.permissions.items() if permission.resource == version.key]:
            self.permissions.remove(key)
        self.event_invokes.remove(version.key)
        self.versions.remove(version)

    def url_of(self, resource: str) -> str:
        """Return the id of the URL of a function or alias, given by its key; empty if it has none."""
        return next((url_id for url_id, live in self.urls.items() if live.url.resource == resource), "")

    def urls_of(self, function: str) -> list[str]:
        """Return the ids of the URLs of a function and of its aliases."""
        return [url_id for url_id, live in self.urls.items() if live.url.function == function]

    def free_positions(self) -> Iterator[int]:
        """Yield the positions that no URL has, from the lowest: a URL keeps its own for as long as it exists."""
        for position in itertools.count():
            if all(live.position != position for live in self.urls.values()):
                yield position

    def put_url(self, url: FunctionUrl, position: int) -> LiveUrl:
        """Add or change a URL, which is open to those whom the function's policy allows."""
        live = LiveUrl(url.granted(self.permissions.values()), position)
        self.urls.put(url.id, live)
        return live

    def put_permission(self, permission: Permission) -> None:
        """Add a statement to its function's policy."""
        self.permissions.put(permission.key, permission)
        self._change_policy(permission.resource)

    def remove_permission(self, permission: Permission) -> None:
        """Remove a statement from its function's policy."""
        self.permissions.remove(permission.key)
        self._change_policy(permission.resource)

    def replace_policy(self, resource: str, permissions: Iterable[Permission]) -> None:
        """Replace the policy of a function, version or alias by these statements."""
        for key in [key for key, permission in self.permissions.items() if permission.resource == resource]:
            self.permissions.remove(key)
        for permission in permissions:
            self.permissions.put(permission.key, permission)
        self._change_policy(resource)

    def policy_revision(self, resource: str) -> str:
        """Return the revision of a function, version or alias, which a change of its policy changes."""
        return next(live.revision(resource) for live in self._with_policies() if resource in live)

    def _with_policies(self) -> tuple[LiveResources[Any], ...]:
        return self.functions, self.versions.published, self.versions.aliases

    def _change_policy(self, resource: str) -> None:
        """Note that a policy was changed, and apply it to the URL."""
        self._grant(resource)
        for live in self._with_policies():
            live.touch(resource)

    def _grant(self, resource: str) -> None:
        """Apply the policy of a function or alias to its URL."""
        if url_id := self.url_of(resource):
            live = self.urls[url_id]
            url = live.url.granted(self.permissions.values())
            if url != live.url:
                self.urls.put(url_id, replace(live, url=url))

    def _move_urls(self) -> None:
        """Give the URLs that only the API has made other positions, if the template's URLs need theirs."""
        of_template = {url.id for url in self.template.urls}
        taken = {live.position for url_id, live in self.urls.items() if url_id in of_template}
        for url_id, live in list(self.urls.items()):
            if url_id not in of_template and live.position in taken:
                self.urls.put(url_id, replace(live, position=next(self.free_positions())))


def _replace(
    live: LiveResources[ResourceT],
    before: Iterable[ResourceT],
    after: Iterable[ResourceT],
    key: Callable[[ResourceT], str],
) -> None:
    """Remove what is in `before` only, and add or change what is in `after` and differs."""
    old, new = _by_key(before, key), _by_key(after, key)
    for identifier in old:
        if identifier not in new:
            live.remove(identifier)
    for identifier, resource in new.items():
        if old.get(identifier) != resource:
            live.put(identifier, resource)


def _by_key(resources: Iterable[ResourceT], key: Callable[[ResourceT], str]) -> dict[str, ResourceT]:
    return {key(resource): resource for resource in resources}


def _live_urls(urls: Iterable[FunctionUrl]) -> list[LiveUrl]:
    return [LiveUrl(url, position) for position, url in enumerate(urls)]
