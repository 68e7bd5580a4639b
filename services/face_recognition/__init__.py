"""The function behind the request queue: names the faces and puts the results on the response queue."""
