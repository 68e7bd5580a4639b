"""The function behind the Function URL: finds the faces of a photo and puts them on the request queue."""
