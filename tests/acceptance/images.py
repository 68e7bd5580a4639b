"""Builds the images for the tests in Docker. scripts/test calls it while other tests run, so that no test waits."""

from facepipe.elasticmq import docker_answers
from tests.acceptance.compose import build_images
from tests.containers.projects_in_docker import build_base_image

if __name__ == "__main__" and docker_answers():
    build_images()
    build_base_image()
