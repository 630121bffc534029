# Reads mail with MIME-tools, each from a file, and writes what it found as a line of JSON: the
# subject, and the tree of parts, each with its type, its file name, and its own parts or the
# SHA-256 of its decoded octets. Lines of a text without a file name, and of what is in
# no encoding, end in LF. An enclosed message is one part.
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
    # Of a part in no encoding it makes some line ends LF, and leaves others.
    my $lines = $entity->head->mime_encoding =~ /^[78]bit$/;
    $octets =~ s/\r\n/\n/g if $lines || ($entity->mime_type =~ m{^text/} && !defined $name);
    return [@node, sha256_hex($octets)];
}

my $parser = MIME::Parser->new;
$parser->output_to_core(1);
$parser->tmp_to_core(1);
$parser->extract_nested_messages(0);
for my $file (@ARGV) {
    open(my $octets, "<:raw", $file) or die "$file: $!";
    my $mail = $parser->parse($octets);
    my $subject = $mail->head->get("Subject") // "";
    chomp $subject;
    print encode_json({ subject => decode("MIME-Header", $subject), tree => tree($mail) }), "\n";
}
