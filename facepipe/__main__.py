"""The one program that people type: a thin list of verbs."""

import typer

from facepipe.verbs import camera, people, run, ship

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="A serverless face-recognition pipeline for AWS Lambda and SQS, on your own machine.",
)
for verb in (
    *(run.demo, run.up, run.models),
    *(people.enrol, camera.send, camera.collect, camera.queues),
    *(ship.push, ship.deploy),
):
    app.command()(verb)


def main() -> None:
    """Run the verb named on the command line."""
    app()


if __name__ == "__main__":
    main()
