"""To production: the images that passed here go to a registry, and CloudFormation makes a stack of template.yaml."""
