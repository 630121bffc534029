# Reads one mail from standard input with MIME-tools, and writes what it found as JSON: the
# subject, and the tree of parts, each with its type, its file name, and its own parts or the
# SHA-256 of its decoded octets. Lines of a text without a file name end in LF.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Encode qw(decode);
use JSON::PP;
use MIME::Parser;

sub tree {
    my ($entity) = @_;
    my $name = $entity->head->recommended_filename;
    my @node = ($entity->mime_type, $name);
    return [@node, [map { tree($_) } $entity->parts]] if $entity->is_multipart;
    my $octets = $entity->bodyhandle->as_string;
    $octets =~ s/\r\n/\n/g if $entity->mime_type =~ m{^text/} && !defined $name;
    return [@node, sha256_hex($octets)];
}

my $parser = MIME::Parser->new;
$parser->output_to_core(1);
$parser->tmp_to_core(1);
binmode STDIN;
my $mail = $parser->parse(\*STDIN);
my $subject = $mail->head->get("Subject");
chomp $subject;
print encode_json({ subject => decode("MIME-Header", $subject), tree => tree($mail) });
